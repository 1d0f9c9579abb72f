import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

const longestKey = 255;

/**
 * Reads an Idempotency-Key header: a string as RFC 8941 writes it, `"a key"`, or a bare token.
 * Both spellings of the same characters are the same key.
 *
 * @throws Problem 400
 */
export function parseIdempotencyKey(header: string): string {
  const key = header.startsWith('"') ? unquote(header) : /^[!#$%&'*+\-.^_`|~0-9A-Za-z:/=]+$/.exec(header)?.[0];
  if (key !== undefined && key.length > 0 && key.length <= longestKey) return key;
  const expected = `one token or one quoted string of 1 to ${longestKey} printable ASCII characters`;
  const detail = `Idempotency-Key: found ${JSON.stringify(header.slice(0, 300))}, expected ${expected}.`;
  throw new Problem(400, 'invalid-idempotency-key', 'The idempotency key is malformed', detail);
}

function unquote(header: string): string | undefined {
  const [, inner] = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header) ?? [];
  return inner?.replaceAll(/\\(["\\])/g, '$1');
}

/** What a later request with the same key must equal. */
export function requestDigest(request: { document: string; seed: string | null; retryOf: string | null }): string {
  return createHash('sha256')
    .update(JSON.stringify([request.document, request.seed, request.retryOf]))
    .digest('hex');
}
