import type { ApiAccess } from '../../client/api.ts';

// The key is kept in this tab alone, and goes with it; it is no cookie, so that no other page makes the browser send it.
const keyItem = 'squall-key';
const actorItem = 'squall-actor';

export function access(): ApiAccess {
  return { url: location.origin, token: sessionStorage.getItem(keyItem) };
}

export function keepKey(key: string): void {
  sessionStorage.setItem(keyItem, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(keyItem);
}

/** Who asks, where callers are not asked for a key: what they said before. */
export function actor(): string {
  return sessionStorage.getItem(actorItem) ?? '';
}

export function keepActor(name: string): void {
  sessionStorage.setItem(actorItem, name);
}
