import type { Principal } from './auth/principal.ts';
import { invalidBody } from './read-request.ts';

/**
 * Who asks, as histories and reports have it: the caller's name, with the name that the body gives behind it; of a caller who was
 * not asked for a key, what the body says. undefined: neither is known.
 */
export function actorOf({ name, identified }: Principal, written: string | undefined): string | undefined {
  if (!identified) return written;
  return written === undefined || written === name ? name : `${name} for ${written}`.slice(0, 200);
}

/** The same, where a request cannot be without. @throws Problem 422 */
export function requireActor(caller: Principal, written: string | undefined): string {
  const actor = actorOf(caller, written);
  if (actor !== undefined) return actor;
  throw invalidBody([{ path: 'actor', found: 'nothing', expected: '1 to 200 characters that say who asks' }]);
}
