import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { answers } from '../answers.ts';
import { DemoFailure, exitCodes } from './exit.ts';

const readyWithinMs = 120_000;
const stopWithinMs = 30_000;
const tailLines = 20;

export interface ServiceOptions {
  name: string;
  /** path of its entry point */
  entry: string;
  /** where it serves /readyz and /metrics */
  url: string;
  logPath: string;
  env: NodeJS.ProcessEnv;
}

/** One of squall's own processes, with its output in a file. */
export class ServiceProcess {
  readonly #options: ServiceOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #ended = new AbortController();
  #stopping = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const log = openSync(options.logPath, 'w');
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', options.entry], {
      env: options.env,
      stdio: ['ignore', log, log],
      // A process group of its own: a Ctrl-C in the terminal must not end the one who undoes the fault.
      detached: true,
    });
    closeSync(log);
    this.#exited = once(this.#child, 'exit').then(() => {
      if (!this.#stopping) this.#ended.abort(this.#failure('ended'));
    });
    this.#exited.catch((error: unknown) => this.#ended.abort(error));
  }

  /** Aborts, with the reason, when the process ends without having been told to. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws DemoFailure with the end of its log */
  async ready(signal: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(readyWithinMs);
    const either = AbortSignal.any([signal, this.ended, timeout]);
    try {
      while (!(await answers(`${this.#options.url}/readyz`, either))) await delay(100, undefined, { signal: either });
    } catch (error) {
      signal.throwIfAborted();
      this.ended.throwIfAborted();
      if (timeout.aborted) throw this.#failure(`is not ready after ${readyWithinMs / 1_000} s`);
      throw error;
    }
  }

  /** What it takes of memory now, in bytes, as it says itself. */
  async residentBytes(): Promise<number> {
    const metrics = await (await fetch(`${this.#options.url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
  }

  /** Lets it go on when this process ends. */
  release(): void {
    this.#child.unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const deadline = setTimeout(() => {
      process.stderr.write(`${this.#options.name} (process ${this.pid}) did not stop in ${stopWithinMs / 1_000} s and is killed\n`);
      this.#child.kill('SIGKILL');
    }, stopWithinMs);
    await this.#exited;
    clearTimeout(deadline);
  }

  #failure(what: string): DemoFailure {
    const tail = readFileSync(this.#options.logPath, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
    const { exitCode, signalCode } = this.#child;
    const code = signalCode !== null ? ` by ${signalCode}` : exitCode !== null ? ` with exit code ${exitCode}` : '';
    return new DemoFailure(
      exitCodes.unreachable,
      `the ${this.#options.name} ${what}${code}; the end of ${this.#options.logPath}:\n${tail}`,
    );
  }
}
