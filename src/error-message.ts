/** What a caught value says, whatever was thrown. The innermost reason of a chain is `rootMessage`'s to find. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
