import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type MochaResult, type MochaRun, runMocha } from './run-mocha.ts';

/** Files that one process runs. */
export type Job = Pick<MochaRun, 'files' | 'niceness'>;

/**
 * Runs jobs side by side, in their order, each in a process of its own: a lane takes the next job when it has ended one. What a job writes goes to
 * `out` when it has ended.
 */
export async function runInLanes(
  jobs: readonly Job[],
  lanes: number,
  common: Pick<MochaRun, 'limitMs' | 'signal'>,
  out: Writable = process.stdout,
): Promise<MochaResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-tests-'));
  const end = Date.now() + common.limitMs;
  const results: MochaResult[] = [];
  const waiting = jobs.entries();
  let printed = Promise.resolve();
  const lane = async (): Promise<void> => {
    for (const [index, job] of waiting) {
      if (common.signal?.aborted) return;
      const log = join(folder, `${index}.log`);
      const output = openSync(log, 'w');
      try {
        results[index] = await runMocha({ ...common, ...job, limitMs: Math.max(1, end - Date.now()), output });
      } finally {
        closeSync(output);
      }
      printed = printed.then(() => pipeline(createReadStream(log), out, { end: false }));
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
    await printed;
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
