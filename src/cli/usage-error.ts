/** What was typed is not a command: the usage is shown with it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
