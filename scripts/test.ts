// npm test: every test of the project. The last line of its output is `N passed, N failed, N skipped`; the exit code is 0 only when tests
// ran and none failed.
//
// usage: npm test -- [--only unit|workflow|replay|lab] [--grep PATTERN]
import { join } from 'node:path';
import { errorMessage } from '../src/error-message.ts';
import { folders, type Kind, parseTestArguments, type TestArguments } from './test/arguments.ts';
import { bringLabUp, isLabUp, takeLabDown } from './test/lab.ts';
import { runInLanes } from './test/lanes.ts';
import { type MochaResult, runMocha } from './test/run-mocha.ts';
import { initialState } from './test/state.ts';
import { describeResult, mergeResults, summarize } from './test/summary.ts';
import { findTestFiles, firstOf } from './test/test-files.ts';

const limitMs = 75 * 60_000;
const root = join(import.meta.dirname, '..');

// A first Ctrl-C or SIGTERM ends the tests, not this process: the lab it brought up must go down again.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

/**
 * What needs no lab goes kind by kind, most of it beside the tests that have the lab for themselves. Those that share the lab mostly wait
 * for it: three at a time.
 */
const lanesOfOthers = 2;
const lanesOfLab = 3;
/** These take minutes of waiting, and are begun first: a lane that ended with one would have the others wait for it. */
const longestOfLab = ['undo-failing', 'web-ui'];

async function runTests({ kinds, grep }: TestArguments): Promise<MochaResult> {
  const filesIn = (some: readonly string[]) => some.flatMap((folder) => findTestFiles(join(root, 'test', folder)));
  const filesOf = (some: readonly Kind[]) => filesIn(some.flatMap((kind) => folders[kind]));
  const common = { limitMs, signal: interruption.signal };
  const inOneProcess = () => runMocha({ ...common, grep, files: filesOf(kinds), output: 'inherit' });
  if (kinds.every((kind) => kind === 'unit')) return inOneProcess();

  const inLanes = async () => {
    const others = kinds.filter((kind) => kind !== 'lab').map((kind) => ({ files: filesOf([kind]) }));
    const shared = firstOf(filesIn(['lab']), longestOfLab).map((file) => ({ files: [file] }));
    // What these do to nodes, or see of the whole cluster, would disturb others of the lab, and be disturbed by them.
    const alone = { files: filesIn(['lab-alone', 'lab-lifecycle']) };
    const last = { files: filesIn(['lab-last']) };
    const results = await runInLanes(
      [
        [{ jobs: others, lanes: lanesOfOthers }],
        [
          { jobs: [alone], lanes: 1 },
          { jobs: shared, lanes: lanesOfLab },
          { jobs: [last], lanes: 1 },
        ],
      ],
      common,
    );
    return mergeResults(results);
  };
  // A pattern may match no test of one process of several, which would be an error there.
  const run = kinds.includes('lab') && grep === undefined ? inLanes : inOneProcess;
  const wasUp = await isLabUp(root);
  const result = await withLab(run);
  if (wasUp) return result;
  const notDown = await tryTo(() => takeLabDown(root));
  return { ...result, problem: result.problem ?? notDown };
}

async function withLab(run: () => Promise<MochaResult>): Promise<MochaResult> {
  const problem = await tryTo(() => bringLabUp(root));
  if (problem !== null) return { state: initialState, problem };
  return interruption.signal.aborted ? { state: initialState, problem: 'interrupted before the first test' } : run();
}

/** Null when it went well, else why not. */
async function tryTo(act: () => Promise<void>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return errorMessage(error);
  }
}

async function main(): Promise<void> {
  process.env.TESTS_BEGAN = String(Date.now());
  // Compiled once for all the processes that tests are and start; what comes from there is counted less exactly as covered.
  if (process.env.NODE_V8_COVERAGE === undefined) process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled');
  let testArguments: TestArguments;
  try {
    testArguments = parseTestArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`npm test: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 64;
    return;
  }
  const result = await runTests(testArguments).catch(
    (error: unknown): MochaResult => ({ state: initialState, problem: errorMessage(error) }),
  );
  process.stdout.write(`\n${describeResult(result)}\n${summarize(result)}\n`);
  process.exitCode = result.problem === null && result.state.failed === 0 ? 0 : 1;
}

await main();
