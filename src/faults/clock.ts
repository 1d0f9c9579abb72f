import { AsyncLocalStorage } from 'node:async_hooks';

const behind = new AsyncLocalStorage<number>();

/**
 * Runs `body`, in which `now` is no earlier than it can be: at `notBefore`, a time by the clock that a fault's deadline is by, what is
 * done here was asked for. A worker whose clock is behind would otherwise let a fault hold for as much longer.
 */
export function withClock<T>(notBefore: number, body: () => T): T {
  return behind.run(Math.max(0, notBefore - Date.now()), body);
}

/** The time by the clock of deadlines, ms since the epoch, as far as it is known here. */
export function now(): number {
  return Date.now() + (behind.getStore() ?? 0);
}
