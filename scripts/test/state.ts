/** Where a mocha process is, as it tells its parent on every change. */
export interface TestState {
  /** full title of the test or hook under way */
  running: string | null;
  passed: number;
  failed: number;
  skipped: number;
  /** every test has been run; the process has only to end */
  ended: boolean;
}

export const initialState: TestState = { running: null, passed: 0, failed: 0, skipped: 0, ended: false };

/** The last line of a test run. */
export function summarize({ passed, failed, skipped }: TestState): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
