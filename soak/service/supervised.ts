import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface SupervisedOptions {
  name: string;
  /** made anew for every start */
  command: () => Promise<{ argv: string[]; env: NodeJS.ProcessEnv; ready: () => Promise<boolean> }>;
  log: string;
}

const restartMs = 1_000;
const pollMs = 100;

/**
 * A process that is started again whenever it ends, as whoever runs a service would have it: at once when it ended by itself, after
 * a time when it was killed here.
 */
export class Supervised {
  readonly name: string;
  readonly #options: SupervisedOptions;
  #child: ChildProcess | undefined;
  #ready = false;
  #closing = false;
  /** not before this time, ms */
  #startAt = 0;
  /** ended although nobody killed it */
  unexpectedEnds = 0;
  #killed = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#supervise();
    this.#loop.catch(() => undefined);
  }

  /** absent: it does not run just now */
  get pid(): number | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  /** Whether it runs and has answered once. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** Resolves when it runs and answers. @throws Error after the time limit */
  async awaitReady(timeoutMs = 180_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!this.#ready) {
      if (Date.now() > end) throw new Error(`${this.name} is not ready within ${timeoutMs / 1000} s; its log is ${this.#options.log}`);
      await delay(pollMs);
    }
  }

  /** Kills it; it is started again after `downMs`. False: it does not run. */
  kill(downMs: number): boolean {
    const child = this.#child;
    if (child === undefined || this.pid === undefined) return false;
    this.#startAt = Date.now() + downMs;
    this.#killed = true;
    this.#ready = false;
    return child.kill('SIGKILL');
  }

  /** False: it does not run. */
  signal(signal: NodeJS.Signals): boolean {
    return this.pid !== undefined && this.#child?.kill(signal) === true;
  }

  async #supervise(): Promise<void> {
    while (!this.#closing) {
      const waitMs = this.#startAt - Date.now();
      if (waitMs > 0) {
        await delay(Math.min(waitMs, pollMs));
        continue;
      }
      await this.#live();
      if (this.#closing) return;
      if (this.#killed) this.#killed = false;
      else {
        this.unexpectedEnds++;
        this.#startAt = Date.now() + restartMs;
      }
    }
  }

  /** One life, from start to end. */
  async #live(): Promise<void> {
    const { argv, env, ready } = await this.#options.command();
    const [file = '', ...args] = argv;
    const output = openSync(this.#options.log, 'a');
    const child = spawn(file, args, { env, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    const ended = once(child, 'exit');
    this.#child = child;
    const over = { value: false };
    const ending = ended.finally(() => {
      over.value = true;
      this.#ready = false;
    });
    while (!over.value && !(await ready())) await Promise.race([delay(pollMs), ending]);
    if (!over.value && !this.#killed) this.#ready = true;
    await ending;
  }

  /** Ends it for good: SIGTERM, and SIGKILL when that does not do. */
  async close(graceMs = 15_000): Promise<void> {
    this.#closing = true;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const last = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.#loop;
    clearTimeout(last);
  }
}

/** Whether a URL answers with a success. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Nobody listens there yet.
    return false;
  }
}
