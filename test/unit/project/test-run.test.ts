import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { parseTestArguments } from '../../../scripts/test/arguments.ts';
import { runMocha } from '../../../scripts/test/run-mocha.ts';
import { runSideBySide } from '../../../scripts/test/side-by-side.ts';
import { describeFailures, summarize } from '../../../scripts/test/state.ts';
import { findTestFiles } from '../../../scripts/test/test-files.ts';

const skipModule = pathToFileURL(join(import.meta.dirname, '../../support/skip.ts')).href;

describe('test run', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-test-run-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs one test file with that text, and gives what it wrote. */
  async function run(text: string, options: { grep?: string; limitMs?: number } = {}) {
    const file = join(folder, 'example.test.ts');
    writeFileSync(file, text);
    const log = join(folder, 'log');
    const result = await runMocha({ files: [file], grep: options.grep, limitMs: options.limitMs ?? 30_000, output: openSync(log, 'w') });
    return { ...result, output: readFileSync(log, 'utf8') };
  }

  it('counts what passed, failed and was skipped', async () => {
    const { state, problem, output } = await run(`
      import { skip } from '${skipModule}';
      it('good', () => {});
      it('bad', () => { throw new Error('as it should'); });
      it('absent', function () { skip(this, 'docker does not answer'); });
      describe('suite', () => {
        before(function () { skip(this, 'no cluster'); });
        it('one', () => {});
        it('two', () => {});
      });
      describe('each', () => {
        beforeEach(function () { skip(this, 'no kernel module'); });
        it('three', () => {});
      });`);
    assert.equal(summarize(state), '1 passed, 1 failed, 4 skipped');
    assert.equal(problem, null);
    assert.match(output, /Skipped:\n {4}absent \(skipped: docker does not answer\)\n {4}suite one \(skipped: no cluster\)/);
    assert.match(output, /each three \(skipped: no kernel module\)/);
    assert.match(output, /Slowest tests:\n +\d+\.\d\d s {2}/);
  });

  it('fails on a skipped test that does not say why', async () => {
    const { state, output } = await run(`it('good', () => {}); it.skip('silent', () => {}); it('planned');`);
    assert.equal(summarize(state), '1 passed, 2 failed, 0 skipped');
    assert.match(output, /Skipped without a reason .*\n {4}silent\n {4}planned/);
  });

  it('fails when no test ran', async () => {
    const { state } = await run(`it('good', () => {});`, { grep: 'matches nothing' });
    assert.equal(summarize(state), '0 passed, 1 failed, 0 skipped');
    assert.equal(describeFailures(state), 'failed: the tests as a whole\n    found no test that ran, expected at least one\n');
  });

  it('fails on a test left exclusive', async () => {
    const { problem } = await run(`it.only('good', () => {}); it('other', () => {});`);
    assert.match(problem ?? '', /mocha ended with exit code 1 before its last test/);
  });

  it('names the test that hung, when the run takes too long', async () => {
    const text = `describe('suite', () => { it('hangs', (done) => { setInterval(() => {}, 1000); }).timeout(0); });`;
    const { problem, state } = await run(text, { limitMs: 3000 });
    assert.equal(problem, 'the tests took longer than 3 s; running was: suite hangs');
    assert.equal(state.ended, false);
  });

  it('names the test during which the process died', async () => {
    const { problem } = await run(`it('dies', () => process.exit(3));`);
    assert.equal(problem, 'mocha ended with exit code 3 before its last test; running was: dies');
  });

  it('does not hide what a test left open', async () => {
    const { problem } = await run(`it('leaks', () => { setInterval(() => {}, 1000); });`, { limitMs: 4000 });
    assert.equal(problem, 'the tests took longer than 4 s; running was: nothing, every test had ended');
  });

  it('runs two sets side by side: counts both, keeps their outputs apart, and fails when either does', async () => {
    const [front, back] = ['front', 'back'].map((name) => join(folder, `${name}.test.ts`)) as [string, string];
    // Each waits for the other to have begun: one after the other they would never end.
    const meet = (own: string, other: string) => `import { existsSync, writeFileSync } from 'node:fs';
      import { getPriority } from 'node:os';
      it('meets at ' + getPriority(), async () => {
        writeFileSync('${join(folder, own)}', '');
        while (!existsSync('${join(folder, other)}')) await new Promise((resolve) => setTimeout(resolve, 20));
      }).timeout(20_000);`;
    writeFileSync(front, meet('a', 'b'));
    writeFileSync(back, `${meet('b', 'a')} it('bad', () => { throw new Error('as it should'); });`);
    const log = join(folder, 'log');
    const told = new PassThrough();
    const common = { limitMs: 30_000 };
    const { state, problem } = await runSideBySide(
      { ...common, files: [front], output: openSync(log, 'w') },
      { ...common, files: [back] },
      told,
    );
    assert.deepEqual([summarize(state), problem], ['2 passed, 1 failed, 0 skipped', null]);
    assert.match(describeFailures(state), /^failed: bad\n {4}Error: as it should\n {8}at /);
    const niceness = getPriority();
    assert.match(readFileSync(log, 'utf8'), new RegExp(`meets at ${niceness}\\b[\\s\\S]*1 passing`));
    assert.match(await text(told.end()), /meets at 10\b[\s\S]*1 passing[\s\S]*1 failing/);
  });

  it('refuses a folder without tests, and one that is missing', () => {
    assert.throws(() => findTestFiles(folder), /found no \*\.test\.ts, expected at least one/);
    assert.throws(() => findTestFiles(join(folder, 'missing')), /found no such folder/);
  });

  it('refuses arguments it does not know', () => {
    assert.deepEqual(parseTestArguments(['--only', 'lab', '--grep', 'x']), { kinds: ['lab'], grep: 'x' });
    assert.throws(
      () => parseTestArguments(['--only', 'integration']),
      /--only: found "integration", expected one of unit, workflow, replay, lab/,
    );
    assert.throws(() => parseTestArguments(['--fast']), /--fast/);
    assert.throws(() => parseTestArguments(['--grep', '(']), /Invalid regular expression/);
  });
});
