export interface Failure {
  /** full title of the test or hook */
  title: string;
  /** the error with where it was thrown */
  error: string;
}

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
}

export const initialState: TestState = { running: null, passed: 0, failed: 0, skipped: 0, failures: [], ended: false };

/** The last line of a test run. */
export function summarize({ passed, failed, skipped }: TestState): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** What failed, told once more at the end, where it is found without a search through the output of every test. */
export function describeFailures({ failures }: TestState): string {
  return failures.map(({ title, error }) => `failed: ${title}\n${error.replaceAll(/^(?=.)/gm, '    ')}\n`).join('\n');
}
