import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';

const root = join(import.meta.dirname, '../../..');

async function assertPasses(command: string, args: readonly string[], cwd = root): Promise<void> {
  const { code, output } = await runProgram(command, args, cwd);
  assert.equal(code, 0, `${command} ${args.join(' ')} in ${cwd} ended with ${code}:\n${output}`);
}

describe('project', function () {
  this.timeout(300_000);

  it('passes the type check', () => assertPasses(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']));

  it('passes the type check of what runs in browsers', () =>
    assertPasses(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'src/pages/browser']));

  it('is formatted and passes biome', () =>
    assertPasses(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']));

  it('leaves no promise floating, and has no circular imports', () =>
    assertPasses(process.execPath, ['node_modules/oxlint/bin/oxlint', '--deny-warnings']));

  it('has no file, export or dependency that nothing uses', () =>
    assertPasses(process.execPath, ['node_modules/knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors']));

  for (const module of ['agent', 'examples/redis/load']) {
    const folder = join(root, module);
    for (const command of ['vet', 'test']) {
      it(`passes go ${command} in ${module}`, async function () {
        if (!existsSync(join(folder, 'go.mod'))) skip(this, `${module} has no go.mod`);
        if (!(await isThere('go'))) skip(this, 'go is not installed');
        await assertPasses('go', [command, './...'], folder);
      });
    }
  }
});

async function isThere(command: string): Promise<boolean> {
  return runProgram(command, ['version'], root).then(
    ({ code }) => code === 0,
    () => false,
  );
}
