/** Where a mocha process is, as it tells its parent on every change. */
export interface TestState {
  /** full title of the test or hook under way */
  running: string | null;
  passed: number;
  failed: number;
  skipped: number;
  /** what failed, in order */
  failures: readonly Failure[];
  /** every test has been run; the process has only to end */
  ended: boolean;
  /** the slowest, once it has ended */
  slowTests: readonly Timed[];
  /** with their set-up */
  slowFiles: readonly Timed[];
}

export interface Failure {
  /** full title of the test or hook */
  title: string;
  /** the error with where it was thrown */
  error: string;
}

export interface Timed {
  title: string;
  durationMs: number;
}

export const initialState: TestState = {
  running: null,
  passed: 0,
  failed: 0,
  skipped: 0,
  failures: [],
  ended: false,
  slowTests: [],
  slowFiles: [],
};

const slowestShown = 20;

export function slowest(timed: readonly Timed[]): Timed[] {
  return timed.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, slowestShown);
}
