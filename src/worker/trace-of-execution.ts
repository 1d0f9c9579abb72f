/** The trace of an execution that was started by nobody who is traced: its id, a UUID, is 32 hexadecimal digits, too. */
export function traceOfExecution(executionRunId: string): string {
  return executionRunId.replaceAll('-', '');
}
