import { hostname, userInfo } from 'node:os';

/** Who is logged in, and where. */
export function defaultActor(): string {
  return `${userInfo().username}@${hostname()}`;
}
