/** The innermost reason: a failed fetch hides it in a chain of causes, a refused connection in an AggregateError. */
export function rootMessage(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return rootMessage(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message || error.name : rootMessage(error.cause);
}
