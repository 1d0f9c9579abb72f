import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemTypes } from '../../../src/api/problem-types.ts';
import { doctorAreas } from '../../../src/cli/commands/clusters.ts';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { failureTypes } from '../../../src/contracts/names.ts';
import { root } from './pages.ts';

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');

/** Of a section, what stands in backticks in the first column of its table. */
function entriesOf(title: string): string[] {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return rows.flatMap((row) => {
    const [, first = ''] = row.split(' | ', 1)[0]?.split('| ') ?? [];
    const quoted = [...first.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    return quoted.length > 0 ? quoted : [first.trim()];
  });
}

/** The codes of refusals and warnings, as the code has them. */
function codesOfPlans(): Set<string> {
  const folders = ['src/campaign', 'src/arbiter', 'src/activities', 'src/faults', 'src/notifications'];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );
  const found = sources.flatMap((text) =>
    [...text.matchAll(/(?:\bcode: |\brefuse\()'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code = '']) => code),
  );
  // zod's own code of an issue that a transform raises.
  return new Set(found.filter((code) => code !== 'custom'));
}

function assertSame(listed: Iterable<string>, known: Iterable<string>): void {
  assert.deepEqual([...new Set(listed)].toSorted(), [...new Set(known)].toSorted());
}

describe('docs/troubleshooting.md', () => {
  it('has an entry for every problem of the API, and for no other', () =>
    assertSame(
      entriesOf('Answers of the API').filter((entry) => !/^(type|---)$/.test(entry)),
      Object.keys(problemTypes),
    ));

  it('has an entry for every exit code', () =>
    assertSame(
      entriesOf('Exit codes of the command line').filter((entry) => /^\d+$/.test(entry)),
      Object.values(exitCodes).map(String),
    ));

  it('has an entry for every code of a refusal or a warning, and for no other', () => {
    const known = codesOfPlans();
    assert.ok(known.size > 40);
    const listed = [...entriesOf('A plan is refused'), ...entriesOf('Warnings')].filter((entry) => !/^(code|---)$/.test(entry));
    assertSame(listed, known);
  });

  it('has an entry for every area of squall doctor', () =>
    assertSame(
      entriesOf('squall doctor').filter((entry) => !/^(area|---)$/.test(entry)),
      [...doctorAreas, 'configuration'],
    ));

  it('has an entry for every type of failure in the Web UI', () => {
    const listed = entriesOf("In Temporal's Web UI");
    for (const type of Object.values(failureTypes)) assert.ok(listed.includes(type), type);
  });
});
