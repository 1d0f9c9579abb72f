import { setTimeout as delay } from 'node:timers/promises';

/**
 * Begins `count` calls at even distances, whether or not earlier ones have ended (an open loop, so that a slow answer does not
 * thin out the load), and gives each call's result in order.
 */
export async function pace<T>(count: number, periodMs: number, call: (index: number) => Promise<T>): Promise<T[]> {
  const began = performance.now();
  const calls: Promise<T>[] = [];
  for (let index = 0; index < count; index += 1) {
    await delay(Math.max(0, began + index * periodMs - performance.now()));
    calls.push(call(index));
  }
  return Promise.all(calls);
}
