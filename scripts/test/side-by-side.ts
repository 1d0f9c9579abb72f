import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type MochaResult, type MochaRun, runMocha } from './run-mocha.ts';
import type { TestState } from './state.ts';

/** Weighs a tenth of what has none, where both want the processor. */
const backgroundNiceness = 10;

/**
 * Runs two sets of tests side by side: the first, which mostly waits for a cluster, as it is; the second with what that leaves of the
 * processor. The output of the second goes to `out` when both have ended.
 */
export async function runSideBySide(
  foreground: MochaRun,
  background: Omit<MochaRun, 'output'>,
  out: Writable = process.stdout,
): Promise<MochaResult> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-tests-'));
  const log = join(folder, 'background.log');
  const output = openSync(log, 'w');
  try {
    const [front, back] = await Promise.all([runMocha(foreground), runMocha({ ...background, output, niceness: backgroundNiceness })]);
    await pipeline(createReadStream(log), out, { end: false });
    return merge(front, back);
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

function merge(front: MochaResult, back: MochaResult): MochaResult {
  const add = (count: 'passed' | 'failed' | 'skipped') => front.state[count] + back.state[count];
  const state: TestState = {
    running: front.state.running ?? back.state.running,
    passed: add('passed'),
    failed: add('failed'),
    skipped: add('skipped'),
    failures: [...front.state.failures, ...back.state.failures],
    ended: front.state.ended && back.state.ended,
  };
  const problems = [front.problem, back.problem].filter((problem) => problem !== null);
  return { state, problem: problems.length === 0 ? null : problems.join('; ') };
}
