import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { parseTestArguments } from '../../../scripts/test/arguments.ts';
import { runInLanes } from '../../../scripts/test/lanes.ts';
import { runMocha } from '../../../scripts/test/run-mocha.ts';
import { describeResult, mergeResults, summarize } from '../../../scripts/test/summary.ts';
import { findTestFiles, firstOf } from '../../../scripts/test/test-files.ts';

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
    assert.equal(summarize({ state, problem }), '1 passed, 1 failed, 4 skipped');
    assert.equal(problem, null);
    assert.match(output, /Skipped:\n {4}absent \(skipped: docker does not answer\)\n {4}suite one \(skipped: no cluster\)/);
    assert.match(output, /each three \(skipped: no kernel module\)/);
    const told = describeResult({ state, problem });
    assert.match(told, /^Slowest tests:\n +\d+\.\d\d s {2}/);
    assert.match(told, /\nSlowest files, with their set-up:\n +\d+\.\d\d s {2}.*example\.test\.ts\n/);
    assert.match(told, /\nfailed: bad\n {4}Error: as it should\n {8}at /);
  });

  it('fails on a skipped test that does not say why', async () => {
    const { state, output } = await run(`it('good', () => {}); it.skip('silent', () => {}); it('planned');`);
    assert.equal(summarize({ state, problem: null }), '1 passed, 2 failed, 0 skipped');
    assert.match(output, /Skipped without a reason .*\n {4}silent\n {4}planned/);
  });

  it('fails when no test ran', async () => {
    const { state } = await run(`it('good', () => {});`, { grep: 'matches nothing' });
    assert.equal(summarize({ state, problem: null }), '0 passed, 1 failed, 0 skipped');
    assert.match(
      describeResult({ state, problem: null }),
      /failed: the tests as a whole\n {4}found no test that ran, expected at least one\n/,
    );
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

  it('runs stages in lanes beside others: counts all, keeps their outputs apart, and fails when one does', async () => {
    const file = (name: string, text: string) => {
      const path = join(folder, `${name}.test.ts`);
      writeFileSync(path, text);
      return { files: [path] };
    };
    const told = (name: string) => join(folder, `${name} has begun`);
    // Each waits for the others to have begun: one after the other they would never end.
    const meets = (own: string, ...others: string[]) =>
      file(
        own,
        `import { existsSync, writeFileSync } from 'node:fs';
        it('${own} meets', async () => {
          writeFileSync('${told(own)}', '');
          for (const other of ${JSON.stringify(others.map(told))}) while (!existsSync(other)) await new Promise((resolve) => setTimeout(resolve, 20));
        }).timeout(20_000);`,
      );
    const afterAll = file(
      'after',
      `import { existsSync } from 'node:fs';
      it('comes after what failed', () => {
        if (!existsSync('${told('died')}')) throw new Error('too early');
      });`,
    );
    const sequences = [
      [{ jobs: [meets('background', 'first', 'second')], lanes: 1 }],
      [
        {
          jobs: [
            meets('first', 'second', 'background'),
            meets('second', 'first', 'background'),
            file('third', `it('bad', () => { throw new Error('as it should'); });`),
            file(
              'fourth',
              `import { writeFileSync } from 'node:fs'; it('dies', () => { writeFileSync('${told('died')}', ''); process.exit(3); });`,
            ),
          ],
          lanes: 2,
        },
        { jobs: [afterAll], lanes: 1 },
      ],
    ];
    const out = new PassThrough();
    const result = mergeResults(await runInLanes(sequences, { limitMs: 60_000 }, out));
    assert.equal(summarize(result), '4 passed, 2 failed, 0 skipped');
    assert.equal(result.problem, 'mocha ended with exit code 3 before its last test; running was: dies');
    const output = stripVTControlCharacters(await text(out.end()));
    const one = (title: string) => new RegExp(`✔ ${title}\\b[^✔]*1 passing`);
    for (const title of ['background meets', 'first meets', 'second meets', 'comes after what failed']) assert.match(output, one(title));
    assert.match(output, /1 failing/);
  });

  it('begins no job any more once it is interrupted', async () => {
    const stage = { jobs: [{ files: [join(folder, 'never.test.ts')] }], lanes: 2 };
    assert.deepEqual(await runInLanes([[stage]], { limitMs: 30_000, signal: AbortSignal.abort() }, new PassThrough()), []);
  });

  it('refuses a folder without tests, and one that is missing', () => {
    assert.throws(() => findTestFiles(folder), /found no \*\.test\.ts, expected at least one/);
    assert.throws(() => findTestFiles(join(folder, 'missing')), /found no such folder/);
  });

  it('begins with the files it is told to, and refuses the name of none', () => {
    const files = ['/t/a.test.ts', '/t/b.test.ts', '/t/c.test.ts'];
    assert.deepEqual(firstOf(files, ['c', 'b']), ['/t/c.test.ts', '/t/b.test.ts', '/t/a.test.ts']);
    assert.throws(() => firstOf(files, ['d']), /found no d\.test\.ts/);
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
