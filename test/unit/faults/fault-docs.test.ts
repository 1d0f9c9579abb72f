import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCatalogue } from '../../../scripts/fault-catalogue/render.ts';
import { measuredSchema } from '../../../scripts/fault-docs/measured.ts';
import { renderPages } from '../../../scripts/fault-docs/render.ts';
import { faultDeclarations } from '../../../src/faults/declarations.ts';
import { describeFault } from '../../../src/faults/describe-fault.ts';

const folder = join(import.meta.dirname, '../../../docs/faults');

describe('src/faults/generated', () => {
  const faults = join(import.meta.dirname, '../../../src/faults');

  for (const [name, text] of renderCatalogue(faults)) {
    it(`${name} is as the folders have it`, () =>
      assert.equal(readFileSync(join(faults, 'generated', name), 'utf8'), text, 'npm run docs'));
  }
});

describe('docs/faults', () => {
  const measured = measuredSchema.parse(JSON.parse(readFileSync(join(folder, 'measured.json'), 'utf8')));
  const pages = renderPages(faultDeclarations.map(describeFault), measured);

  it('has just the pages of the catalogue', () => {
    const there = readdirSync(folder).filter((name) => name.endsWith('.md'));
    assert.deepEqual(there.toSorted(), [...pages.keys()].toSorted(), 'npm run docs');
  });

  for (const [name, text] of pages) {
    it(`${name} is as the catalogue has it`, () => assert.equal(readFileSync(join(folder, name), 'utf8'), text, 'npm run docs'));
  }

  it('has measured every fault, and no other', () => {
    const names = measured.faults.map(({ fault }) => fault);
    assert.deepEqual(
      names.toSorted(),
      faultDeclarations.flatMap(({ name, notOnTheLab }) => (notOnTheLab === undefined ? [name] : [])).toSorted(),
      'npm test, then npm run docs -- --record',
    );
  });
});
