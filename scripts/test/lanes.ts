import { once } from 'node:events';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type MochaResult, type MochaRun, runMocha } from './run-mocha.ts';

/** Files that one process runs. */
export type Job = Pick<MochaRun, 'files'>;

/** Jobs that go `lanes` at a time: a lane takes the next when it has ended one. */
export interface Stage {
  jobs: readonly Job[];
  lanes: number;
}

/**
 * Runs sequences of stages side by side, the stages of one after another, and each job in a process of its own. What a job writes goes to `out`
 * when it has ended.
 * @returns the result of each job that was begun, as they ended
 */
export async function runInLanes(
  sequences: readonly (readonly Stage[])[],
  common: Pick<MochaRun, 'limitMs' | 'signal'>,
  out: Writable = process.stdout,
): Promise<MochaResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-tests-'));
  const end = Date.now() + common.limitMs;
  const results: MochaResult[] = [];
  let begun = 0;
  let printed = Promise.resolve();
  const run = async (job: Job): Promise<void> => {
    begun += 1;
    const log = join(folder, `${begun}.log`);
    const output = openSync(log, 'w');
    try {
      results.push(await runMocha({ ...common, ...job, limitMs: Math.max(1, end - Date.now()), output }));
    } finally {
      closeSync(output);
    }
    printed = printed.then(() => print(log, out));
  };
  const runStage = async ({ jobs, lanes }: Stage): Promise<void> => {
    const waiting = jobs.values();
    const lane = async (): Promise<void> => {
      for (const job of waiting) {
        if (common.signal?.aborted) return;
        await run(job);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  };
  const runSequence = async (stages: readonly Stage[]): Promise<void> => {
    for (const stage of stages) await runStage(stage);
  };
  try {
    await Promise.all(sequences.map(runSequence));
    await printed;
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function print(log: string, out: Writable): Promise<void> {
  for await (const chunk of createReadStream(log)) if (!out.write(chunk)) await once(out, 'drain');
}
