import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNeeds, shellNeeds } from '../../../lab/packages.ts';
import { Progress } from '../../../lab/progress.ts';
import { candidates, files } from '../../../src/cli/completion/complete.ts';
import { scripts } from '../../../src/cli/completion/scripts.ts';
import { runProgram } from '../../support/run-program.ts';
import { bareEnvironment, squallArguments } from '../../support/squall-command.ts';

async function words(...typed: string[]): Promise<string[]> {
  const found = await candidates(typed);
  assert.notEqual(found, files, 'it leaves it to files');
  return (found as { word: string }[]).map(({ word }) => word);
}

describe('completion', function () {
  this.timeout(60_000);

  it('knows what comes next', async () => {
    assert.deepEqual(await words('li'), ['lint', 'list', 'lift']);
    assert.deepEqual(await words('schedules', 'p'), ['pause']);
    assert.deepEqual(await words('run', 'a.yaml', '--ga'), ['--gate']);
    assert.deepEqual(await words('list', '--verdict', ''), ['Passed', 'Failed', 'Aborted', 'Error']);
    assert.deepEqual(await words('list', '--verdict', 'Passed', '--v'), []);
    assert.deepEqual(await words('faults', 'pod-network-l'), ['pod-network-latency', 'pod-network-loss']);
    assert.deepEqual(await words('completion', ''), ['bash', 'zsh', 'fish']);
    assert.deepEqual(await words('no-such', 'a', ''), []);
    assert.equal(await candidates(['lint', '']), files);
    assert.equal(await candidates(['lint', 'a.yaml', 'b']), files);
    assert.equal(await candidates(['run', '']), files);
  });

  describe('in shells', () => {
    let folder: string;
    let env: Record<string, string>;

    before(async function () {
      this.timeout(300_000);
      await ensureNeeds(new Progress(), shellNeeds);
      folder = mkdtempSync(join(tmpdir(), 'squall-completion-'));
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      writeFileSync(
        join(bin, 'squall'),
        `#!/bin/sh\nexec '${process.execPath}' ${squallArguments.map((word) => `'${word}'`).join(' ')} "$@"\n`,
      );
      chmodSync(join(bin, 'squall'), 0o755);
      writeFileSync(join(folder, 'shop.yaml'), '');
      for (const [shell, script] of Object.entries(scripts)) writeFileSync(join(folder, `script.${shell}`), script);
      env = { ...bareEnvironment, PATH: `${bin}:${bareEnvironment.PATH}`, HOME: folder };
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function output(shell: string, script: string): Promise<string[]> {
      const ended = await runProgram(
        'env',
        ['-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), shell, ...(shell === 'zsh' ? ['-f'] : []), '-c', script],
        folder,
      );
      assert.equal(ended.code, 0, ended.output);
      return ended.output.trim().split('\n');
    }

    it('bash', async () => {
      const complete = (...typed: string[]) =>
        output(
          'bash',
          `source script.bash; COMP_WORDS=(squall ${typed.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${typed.length}; _squall; printf '%s\\n' "\${COMPREPLY[@]}"`,
        );
      assert.deepEqual(await complete('li'), ['lint', 'list', 'lift']);
      assert.deepEqual(await complete('run', 'a.yaml', '--cancel'), ['--cancel-on-interrupt']);
      assert.deepEqual(await complete('lint', 'sh'), ['shop.yaml']);
      assert.deepEqual(await complete('list', '--phase', 'Und'), ['Undoing']);
    });

    it('zsh', async () => {
      // What its completion system would show is caught where it is handed over.
      const caught = `_describe() { print -l -- "\${(@P)2}" }; _files() { print files }; compdef() { : }; source script.zsh`;
      const complete = (...typed: string[]) =>
        output('zsh', `${caught}; words=(squall ${typed.map((word) => `'${word}'`).join(' ')}); CURRENT=${typed.length + 1}; _squall`);
      assert.deepEqual(
        (await complete('li')).map((line) => line.split(':')[0]),
        ['lint', 'list', 'lift'],
      );
      assert.match((await complete('completion', 'z'))[0] ?? '', /^zsh:/);
      assert.deepEqual(await complete('lint', ''), ['files']);
    });

    it('fish', async () => {
      const complete = (line: string) => output('fish', `source script.fish; complete -C '${line}'`);
      assert.deepEqual((await complete('squall li')).map((one) => one.split('\t')[0]).sort(), ['lift', 'lint', 'list']);
      assert.deepEqual(
        (await complete('squall lint sh')).map((one) => one.split('\t')[0]),
        ['shop.yaml'],
      );
      assert.match((await complete('squall faults pod-dns-e'))[0] ?? '', /^pod-dns-error\t/);
    });
  });
});
