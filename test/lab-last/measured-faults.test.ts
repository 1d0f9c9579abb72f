import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { faultDeclarations } from '../../src/faults/declarations.ts';

const folder = join(import.meta.dirname, '../../.squall/measured');
/** npm test runs each file in a process of its own, and says when it began; else this process is all there is. */
const begun = Number(process.env.TESTS_BEGAN ?? Date.now() - performance.now());

// Run after the faults/ of test/lab and test/lab-alone, whose tests write what they measured.
describe('every fault of the catalogue', () => {
  for (const { name, notOnTheLab } of faultDeclarations) {
    if (notOnTheLab !== undefined) continue;
    it(`${name}: was measured from outside in this run`, () => {
      const file = join(folder, `${name}.json`);
      assert.ok(
        existsSync(file) && statSync(file).mtimeMs >= begun,
        `no test of this run has measured it: test/lab/faults/${name}.test.ts or test/lab-alone/faults/${name}.test.ts?`,
      );
    });
  }
});
