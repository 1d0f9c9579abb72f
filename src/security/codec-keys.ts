import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { field, list, mapping } from '../campaign/fields.ts';
import { bad, good, type Parsed } from '../campaign/units.ts';
import { parseYaml } from '../configuration-file.ts';
import { FileMistake, WatchedFile } from './watched-file.ts';

/** A key of AES-256. */
export interface CodecKey {
  id: string;
  key: KeyObject;
}

/** Keys of payloads: the first encrypts, each decrypts what was encrypted by it. */
export interface CodecKeys {
  current(): CodecKey;
  find(id: string): CodecKey | undefined;
}

const keyBytes = 32;

/** A new key, as the file holds it. */
export function makeCodecKey(): string {
  return randomBytes(keyBytes).toString('base64');
}

const id = field((value): Parsed<string> => {
  const fits = typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value);
  return fits ? good(value) : bad(value, 'a name of at most 63 letters, digits, ".", "_" and "-", for example 2026-11');
});

const key = field((value): Parsed<KeyObject> => {
  const bytes = typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? Buffer.from(value, 'base64') : Buffer.alloc(0);
  if (bytes.length === keyBytes) return good(createSecretKey(bytes));
  // What is secret, or may have been meant to be, is not repeated in a message.
  const found = typeof value === 'string' ? `text of ${value.length} characters` : bad(value, '').found;
  return { ok: false, found, expected: `${keyBytes} random bytes in base64, as \`squall keys codec\` prints them` };
});

const schema = mapping({
  keys: list(mapping({ id, key }), { min: 1, nameOf: (written) => ({ name: (written as { id?: unknown } | null)?.id, path: ['id'] }) }),
});

/** @throws FileMistake with every mistake at its line, and no key in any message */
export function parseCodecKeys(source: string, fileName: string): CodecKey[] {
  const parsed = parseYaml(schema, source, fileName);
  if (parsed.ok) return parsed.value.keys;
  throw mistakes(parsed.problems);
}

function mistakes(problems: readonly { message: string }[]): FileMistake {
  return new FileMistake(`SQUALL_CODEC_KEYS_FILE has mistakes:\n${problems.map(({ message }) => `  ${message}`).join('\n')}`);
}

/** Keys of a file that is read again when it changes. */
export class CodecKeyFile implements CodecKeys, Disposable {
  readonly #file: WatchedFile<CodecKey[]>;

  /** @throws FileMistake */
  constructor(path: string, log: Logger, everyMs?: number) {
    const options = { variable: 'SQUALL_CODEC_KEYS_FILE', path, log, everyMs };
    this.#file = new WatchedFile(options, (content) => parseCodecKeys(content, path));
  }

  current(): CodecKey {
    const [first] = this.#file.value;
    if (first === undefined) throw new Error('there is no key to encrypt with');
    return first;
  }

  find(wanted: string): CodecKey | undefined {
    const known = () => this.#file.value.find((each) => each.id === wanted);
    // Another process may have taken up a new key a moment before this one.
    if (known() === undefined) this.#file.look();
    return known();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
