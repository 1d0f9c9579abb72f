import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { errorMessage } from '../error-message.ts';
import { UsageError } from './usage-error.ts';

/**
 * A document by its file's name; `-` is standard input.
 *
 * @throws UsageError when it cannot be read
 */
export async function readDocumentFile(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`FILE: found ${file}, expected a readable file (${errorMessage(error)})`);
  }
}
