import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Every *.test.ts below a folder, in alphabetical order.
 *
 * @throws Error when the folder is missing or holds none: tests that vanished must not pass
 */
export function findTestFiles(folder: string): string[] {
  const files = entriesOf(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .toSorted()
    .map((name) => join(folder, name));
  if (files.length === 0) throw new Error(`${folder}: found no *.test.ts, expected at least one`);
  return files;
}

/**
 * The same files, those of these names first.
 *
 * @throws Error for a name that none of them has
 */
export function firstOf(files: readonly string[], names: readonly string[]): string[] {
  const first = names.map((name) => {
    const file = files.find((one) => basename(one) === `${name}.test.ts`);
    if (file === undefined) throw new Error(`found no ${name}.test.ts, expected it among those to begin with`);
    return file;
  });
  return [...first, ...files.filter((file) => !first.includes(file))];
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${folder}: found no such folder, expected tests`, { cause: error });
  }
}
