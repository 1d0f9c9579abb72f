import { createHash, randomBytes } from 'node:crypto';

/** What a key begins with, so that a scanner of repositories and logs knows one when it sees it. */
const keyPrefix = 'squall_';

/**
 * A new key, and the hash of it that the auth file holds. A key has 256 random bits: nobody finds it from its SHA-256 by trying,
 * so a slow hash such as scrypt, made for what people choose as passwords, would only slow every request down.
 */
export function makeApiKey(): { key: string; sha256: string } {
  const key = `${keyPrefix}${randomBytes(32).toString('base64url')}`;
  return { key, sha256: hashApiKey(key) };
}

/** In hex, as `sha256sum` prints it. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
