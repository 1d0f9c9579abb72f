import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this code lives in. */
export const ownCheckout = dirname(dirname(fileURLToPath(import.meta.url)));

/** Artifacts, shared by all checkouts: everything in it can be deleted and is built anew. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'squall');
}

/** What the labs of all checkouts remember: who holds which slot, and each slot's data. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'squall');
}
