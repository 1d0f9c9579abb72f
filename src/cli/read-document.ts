import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { errorMessage } from '../error-message.ts';
import { embedDashboards } from './embed-dashboards.ts';
import { UsageError } from './usage-error.ts';

/**
 * A document by its file's name, with the dashboards whose files it names; `-` is standard input.
 *
 * @throws UsageError when it cannot be read
 */
export async function readDocumentFile(file: string): Promise<string> {
  const embedded = embedDashboards(await readText(file), folderOf(file));
  if (embedded.problems.length > 0) throw new UsageError(`${file}: ${embedded.problems.join('\n')}`);
  return embedded.text;
}

/** What paths in a document are relative to. */
export function folderOf(file: string): string {
  return file === '-' ? '.' : dirname(file);
}

async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`FILE: found ${file}, expected a readable file (${errorMessage(error)})`);
  }
}
