// npm test: every test of the project; those of the lab and all others side by side. The last line of its output is
// `N passed, N failed, N skipped`; the exit code is 0 only when tests ran and none failed.
//
// usage: npm test -- [--only unit|workflow|replay|lab] [--grep PATTERN]
import { join } from 'node:path';
import { errorMessage } from '../src/error-message.ts';
import { folders, type Kind, parseTestArguments, type TestArguments } from './test/arguments.ts';
import { bringLabUp, isLabUp, takeLabDown } from './test/lab.ts';
import { type MochaResult, runMocha } from './test/run-mocha.ts';
import { runSideBySide } from './test/side-by-side.ts';
import { describeFailures, initialState, summarize } from './test/state.ts';
import { findTestFiles } from './test/test-files.ts';

const limitMs = 75 * 60_000;
const root = join(import.meta.dirname, '..');

// A first Ctrl-C or SIGTERM ends the tests, not this process: the lab it brought up must go down again.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

async function runTests({ kinds, grep }: TestArguments): Promise<MochaResult> {
  const filesOf = (of: readonly Kind[]) =>
    of.flatMap((kind) => folders[kind]).flatMap((folder) => findTestFiles(join(root, 'test', folder)));
  const common = { grep, limitMs, signal: interruption.signal };
  const runAll = () => runMocha({ ...common, files: filesOf(kinds), output: 'inherit' });
  if (kinds.every((kind) => kind === 'unit')) return runAll();

  const others = kinds.filter((kind) => kind !== 'lab');
  // A pattern may match no test of one of two sets, which would be an error there.
  const isOneSet = others.length === 0 || others.length === kinds.length || grep !== undefined;
  const run = isOneSet
    ? runAll
    : () => runSideBySide({ ...common, files: filesOf(['lab']), output: 'inherit' }, { ...common, files: filesOf(others) });
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
  let testArguments: TestArguments;
  try {
    testArguments = parseTestArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`npm test: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 64;
    return;
  }
  const { state, problem } = await runTests(testArguments).catch(
    (error: unknown): MochaResult => ({ state: initialState, problem: errorMessage(error) }),
  );
  // What ended the run itself counts as a failure, so that the last line never reads like a success.
  const total = problem === null ? state : { ...state, failed: state.failed + 1 };
  if (problem !== null) process.stdout.write(`npm test: ${problem}\n`);
  process.stdout.write(`${describeFailures(total)}${summarize(total)}\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();
