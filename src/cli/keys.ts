import { randomBytes } from 'node:crypto';
import { hashApiKey, makeApiKey } from '../api/auth/api-key.ts';
import { makeCodecKey } from '../security/codec-keys.ts';

/** `squall keys new`: prints a key, which squall keeps nowhere, and what the auth file holds of it. */
export function printApiKey(name: string): number {
  const { key, sha256 } = makeApiKey();
  process.stderr.write('The key, for whoever calls; it is shown this once:\n');
  process.stdout.write(`${key}\n`);
  process.stderr.write(`\nUnder keys in SQUALL_AUTH_FILE:\n  - name: ${name}\n    sha256: ${sha256}\n`);
  process.stderr.write('    grants:\n      - { role: operator, clusters: [default], namespaces: [shop] }\n');
  return 0;
}

/** `squall keys hash`: the hash of a key that comes on standard input. */
export async function printHash(): Promise<number> {
  let key = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) key += String(chunk);
  process.stdout.write(`${hashApiKey(key.trim())}\n`);
  return 0;
}

/** `squall keys codec`: prints an entry for SQUALL_CODEC_KEYS_FILE. */
export function printCodecKey(id: string): number {
  process.stdout.write(`- id: ${id}\n  key: ${makeCodecKey()}\n`);
  return 0;
}

/** `squall keys webhook`: prints a secret as Standard Webhooks has it. */
export function printWebhookSecret(): number {
  process.stdout.write(`whsec_${randomBytes(32).toString('base64')}\n`);
  return 0;
}
