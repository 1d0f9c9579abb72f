import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { faultDeclarations } from '../../src/faults/declarations.ts';

const folder = join(import.meta.dirname, '../../.squall/measured');
const begun = Date.now() - performance.now();

// Sorted after test/lab/faults, whose tests write what they measured.
describe('every fault of the catalogue', () => {
  for (const { name, notOnTheLab } of faultDeclarations) {
    if (notOnTheLab !== undefined) continue;
    it(`${name}: was measured from outside in this run`, () => {
      const file = join(folder, `${name}.json`);
      assert.ok(
        existsSync(file) && statSync(file).mtimeMs >= begun,
        `no test of this run has measured it: test/lab/faults/${name}.test.ts?`,
      );
    });
  }
});
