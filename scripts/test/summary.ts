import type { MochaResult } from './run-mocha.ts';
import { slowest, type TestState, type Timed } from './state.ts';

/** Of several processes, as if they had been one. */
export function mergeResults(results: readonly MochaResult[]): MochaResult {
  const states = results.map(({ state }) => state);
  const sum = (count: 'passed' | 'failed' | 'skipped') => states.reduce((total, state) => total + state[count], 0);
  const problems = results.map(({ problem }) => problem).filter((problem) => problem !== null);
  return {
    state: {
      running: states.find(({ running }) => running !== null)?.running ?? null,
      passed: sum('passed'),
      failed: sum('failed'),
      skipped: sum('skipped'),
      failures: states.flatMap(({ failures }) => failures),
      ended: states.every(({ ended }) => ended),
      slowTests: slowest(states.flatMap(({ slowTests }) => slowTests)),
      slowFiles: slowest(states.flatMap(({ slowFiles }) => slowFiles)),
    },
    problem: problems.length === 0 ? null : problems.join('; '),
  };
}

/** What took long, and what failed, once more at the end, where it is found without a search through the output of every test. */
export function describeResult({ state, problem }: MochaResult): string {
  const failures = state.failures.map(({ title, error }) => `failed: ${title}\n${error.replaceAll(/^(?=.)/gm, '    ')}\n`);
  return [
    ...listTimed('Slowest tests', state.slowTests),
    ...listTimed('Slowest files, with their set-up', state.slowFiles),
    ...failures,
    ...(problem === null ? [] : [`npm test: ${problem}\n`]),
  ].join('\n');
}

/** The last line of a test run. What ended the run itself counts as a failure, so that the line never reads like a success. */
export function summarize({ state: { passed, failed, skipped }, problem }: { state: TestState; problem: string | null }): string {
  return `${passed} passed, ${failed + (problem === null ? 0 : 1)} failed, ${skipped} skipped`;
}

function listTimed(title: string, timed: readonly Timed[]): string[] {
  if (timed.length === 0) return [];
  const lines = timed.map(({ title: of, durationMs }) => `${(durationMs / 1000).toFixed(2).padStart(8)} s  ${of}\n`);
  return [`${title}:\n${lines.join('')}`];
}
