import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Lockfile {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
}

describe('package-lock.json', () => {
  // `npm ci` refuses a lockfile that lacks one, and npm leaves out those the registry at hand does not have.
  it('has an entry for the packages of every platform, not only of this one', () => {
    const { packages }: Lockfile = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package-lock.json'), 'utf8'));
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.entries(optionalDependencies)
        .filter(([name]) => packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined)
        .map(([name, version]) => `${name}@${version}`),
    );
    assert.deepEqual(missing, []);
  });
});
