import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';
import { licenceOf } from './licence-of.ts';

const root = join(import.meta.dirname, '../../..');

/** They ask for their notice to be kept, and for nothing of those who use squall. A further one is for a person to decide. */
const accepted = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-4.0', 'ISC', 'MIT', 'PSF-2.0', 'Unlicense'];

interface Locked {
  dev?: boolean;
  license?: string;
  optionalDependencies?: Record<string, string>;
}

/** `A AND B`, `(A OR B)`: all of them have to be accepted, or one. Anything less plain is not. */
function isAccepted(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAccepted);
  return bare.split(' AND ').every((name) => accepted.includes(name));
}

describe('licences', () => {
  it("of what the service runs with are such that squall's own allows, on every platform", () => {
    const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
    const packages = Object.entries(lockfile.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    // A package for another platform is part of the one that asks for it, and not here to be read.
    const whole = new Map(
      packages.flatMap(([, { license, optionalDependencies = {} }]) =>
        Object.keys(optionalDependencies).map((name) => [`node_modules/${name}`, license]),
      ),
    );
    const found = packages.map(([path, { license }]) => {
      const folder = join(root, path);
      return { path, licence: license ?? (existsSync(folder) ? licenceOf(folder) : undefined) ?? whole.get(path) };
    });
    assert.ok(found.length > 100, `${found.length} packages`);
    assert.deepEqual(
      found.filter(({ licence }) => licence === undefined || !isAccepted(licence)),
      [],
    );
  });

  it('of the modules in the agent are such, too', async function () {
    this.timeout(60_000);
    const format = '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}';
    const { code, output } = await runProgram('go', ['list', '-deps', '-f', format, './...'], join(root, 'agent')).catch(() =>
      skip(this, 'go is not installed'),
    );
    assert.equal(code, 0, output);
    const modules = [...new Set(output.split('\n').filter((line) => /^\S+ \//.test(line)))].map((line) => line.split(' '));
    assert.ok(modules.length >= 5, output);
    const found = modules.map(([path = '', folder = '']) => ({ path, licence: licenceOf(folder) }));
    assert.deepEqual(
      found.filter(({ licence }) => licence === undefined || !isAccepted(licence)),
      [],
    );
  });

  it('of squall itself is as package.json has it', () => {
    const { license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { license: string };
    assert.equal(licenceOf(root), license);
  });

  it('that ask for more are found out', () => {
    assert.deepEqual(['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND MIT'].filter(isAccepted).length, 3);
    assert.deepEqual(['GPL-3.0-only', 'AGPL-3.0-or-later', 'MIT AND GPL-2.0-only', 'SEE LICENSE IN LICENSE', ''].filter(isAccepted), []);
    const folder = mkdtempSync(join(tmpdir(), 'squall-licence-'));
    try {
      writeFileSync(join(folder, 'LICENSE'), 'GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n');
      assert.equal(licenceOf(folder), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
