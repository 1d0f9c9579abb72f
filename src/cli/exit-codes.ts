import type { Verdict } from '../contracts/verdict.ts';

export const exitCodes = {
  done: 0,
  /** it was not done, or something was found that should not be there */
  notDone: 1,
  failed: 2,
  aborted: 3,
  error: 4,
  /** what was typed, the environment or the document is wrong (EX_USAGE) */
  usage: 64,
  /** the API, Temporal, a worker or a cluster does not answer (EX_UNAVAILABLE) */
  unreachable: 69,
  /** Ctrl-C */
  interrupted: 130,
} as const;

export const exitCodeOfVerdict: Record<Verdict, number> = {
  Passed: exitCodes.done,
  Failed: exitCodes.failed,
  Aborted: exitCodes.aborted,
  Error: exitCodes.error,
};

/** What all commands have in common. */
export const commonExits: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.done, 'done'],
  [exitCodes.notDone, 'not done, or something was found that should not be there'],
  [exitCodes.usage, 'the command, the environment or the document is wrong'],
  [exitCodes.unreachable, 'the API, Temporal, a worker or a cluster does not answer'],
];
