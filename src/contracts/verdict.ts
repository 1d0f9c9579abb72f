/**
 * Passed: every judged probe passed and the workload validated. Failed: the hypothesis did not hold.
 * Aborted: a person or a stop condition ended it. Error: the chaos itself could not be done; never a score.
 */
export type Verdict = 'Passed' | 'Failed' | 'Aborted' | 'Error';
