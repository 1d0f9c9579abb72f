/** What was typed is not a command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** whose help tells more; undefined: that of the whole */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}
