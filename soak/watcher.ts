import { setTimeout as delay } from 'node:timers/promises';
import type { Checker, Look } from './checker/checker.ts';
import { type PodSeen, podsOf } from './checker/pods.ts';

const pauseMs = 1_000;

/** Looks again and again, and tells everybody. */
export class Watcher {
  readonly #checker: Checker;
  readonly #namespaces: ReadonlySet<string>;
  readonly #listeners = new Set<(look: Look) => void>();
  #waiting: { resolve: (look: Look) => void; reject: (error: unknown) => void }[] = [];
  #hurry = new AbortController();
  #closing = false;
  #loop: Promise<void> = Promise.resolve();
  /** the pods, as they were last seen */
  pods: PodSeen[] = [];

  constructor(checker: Checker, namespaces: readonly string[]) {
    this.#checker = checker;
    this.#namespaces = new Set(namespaces);
  }

  /** Returns how to be told no more. */
  onLook(listener: (look: Look) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#loop = this.#watch();
    // Whoever waits for a look is told of the failure.
    this.#loop.catch((error: unknown) => {
      this.#closing = true;
      for (const { reject } of this.#waiting) reject(error);
    });
  }

  /** A look that begins from now on. */
  next(): Promise<Look> {
    if (this.#closing) return this.#loop.then(() => Promise.reject(new Error('watcher: it has ended')));
    const look = new Promise<Look>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#hurry.abort();
    return look;
  }

  /** A look that begins from now on and sees all of it. @throws Error after the time limit, with what it could not see */
  async whole(timeoutMs = 120_000): Promise<Look & { objects: NonNullable<Look['objects']> }> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const look = await this.next();
      const { objects, blind } = look;
      if (objects !== undefined && blind.length === 0) return { ...look, objects };
      if (Date.now() > end) throw new Error(`checker: blind for ${timeoutMs / 1000} s: ${blind.join('; ')}`);
      await delay(500);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#closing) {
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#hurry = new AbortController();
      try {
        const look = await this.#checker.look();
        if (look.objects !== undefined) this.pods = podsOf(look.objects, this.#namespaces);
        for (const listener of this.#listeners) listener(look);
        for (const { resolve } of waiting) resolve(look);
      } catch (error) {
        for (const { reject } of waiting) reject(error);
        throw error;
      }
      if (this.#waiting.length === 0) await delay(pauseMs, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
    }
  }

  /** @throws whatever ended the watching early */
  async close(): Promise<void> {
    this.#closing = true;
    this.#hurry.abort();
    await this.#loop;
  }
}
