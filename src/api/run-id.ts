import { createHash, randomInt } from 'node:crypto';

/** Easy to read aloud: no 0, 1, l or o. */
const alphabet = '23456789abcdefghijkmnpqrstuvwxyz';

export function newRunId(campaign: string): string {
  return `${campaign}-${randomToken()}`;
}

export function randomToken(): string {
  return Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The id of the run an idempotency key stands for: of the key alone, so that one key can never give two runs. */
export function runIdOfKey(key: string): string {
  // 80 bits: two keys that differ must not meet.
  return `run-${createHash('sha256').update(key).digest('hex').slice(0, 20)}`;
}
