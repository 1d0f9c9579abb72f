import type { Verdict } from '../../src/contracts/verdict.ts';

export const exitCodes = { usage: 64, unreachable: 69, interrupted: 130 } as const;

export const exitCodeOfVerdict: Record<Verdict, number> = { Passed: 0, Failed: 2, Aborted: 3, Error: 4 };

/** An end of the demo that its message explains; no stack is wanted. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What to say of an error that ended the demo, and its exit code. */
export function explain(error: unknown): { text: string; exitCode: number } {
  // The demo failed, and so did its cleaning up: the first of the two is why it ended.
  if (error instanceof SuppressedError) {
    const first = explain(error.suppressed);
    return { ...first, text: `${first.text}\n${explain(error.error).text}` };
  }
  if (error instanceof DemoFailure) return { text: error.message, exitCode: error.exitCode };
  const text = error instanceof AggregateError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text, exitCode: exitCodes.unreachable };
}
