import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from '../../lab/run.ts';

/** What a search through all states of the model has found. */
export interface Verdict {
  /** the number of the invariant that is violated (docs/model/README.md); else what spin says; null: none, in no state */
  violation: number | string | null;
  states: number;
  /** the shortest way there that was found is of so many steps */
  depth: number;
}

const model = join(import.meta.dirname, '..', '..', 'docs', 'model');
const memoryMiB = 1_900;

/**
 * Searches the model through with spin, with these words defined.
 *
 * @param liveness whether the workflow ends, under weak fairness; else every assertion, in every state
 * @throws Error when the search did not come to its end
 */
export async function search(words: readonly string[], { liveness = false } = {}): Promise<Verdict> {
  const directory = await mkdtemp(join(tmpdir(), 'squall-model-'));
  try {
    await cp(model, directory, { recursive: true });
    const options = { cwd: directory };
    const defined = [...words, ...(liveness ? ['LIVES'] : [])].map((word) => `-D${word}`);
    await run(['spin', ...defined, '-a', 'fault-life-cycle.pml'], options);
    const how = liveness ? ['-DNFAIR=3'] : ['-DSAFETY', '-DNOCLAIM'];
    // A checker with rules left out is made for one look: it has found something before a better one is compiled.
    const optimised = words.length > 1 || liveness ? '-O0' : '-O1';
    await run(['gcc', optimised, '-w', ...how, `-DMEMLIM=${memoryMiB}`, '-o', 'pan', 'pan.c'], options);
    const { stdout } = await attempt(['./pan', '-m200000', ...(liveness ? ['-a', '-f'] : [])], options);
    return readVerdict(stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function readVerdict(text: string): Verdict {
  const errors = numberIn(text, /errors: (\d+)/);
  const said = /^pan:\d+: (.*)$/m.exec(text)?.[1] ?? null;
  const invariant = /^assertion violated \((\d)==0\)/.exec(said ?? '')?.[1];
  const violation = invariant === undefined ? said : Number(invariant);
  // A search that was cut short has proven nothing.
  const cut = /max search depth too small|out of memory|Search not completed/i.exec(text)?.[0];
  if ((cut !== undefined && violation === null) || errors > 0 !== (violation !== null)) {
    throw new Error(`the search found ${errors} errors (${violation ?? 'none named'}${cut === undefined ? '' : `; ${cut}`}): ${text}`);
  }
  return { violation, states: numberIn(text, /(\d+) states, stored/), depth: numberIn(text, /depth reached (\d+)/) };
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`spin's checker does not say ${pattern}: ${text}`);
  return Number(found);
}
