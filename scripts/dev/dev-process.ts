import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { answers } from '../answers.ts';

const stopWithinMs = 30_000;
const pollMs = 100;

export interface DevProcessOptions {
  name: string;
  /** path of its entry point */
  entry: string;
  /** where it serves /readyz */
  url: string;
  env: NodeJS.ProcessEnv;
  print: (line: string) => void;
}

/** One of squall's own processes, run from its sources, each line of its output with its name before it. */
export class DevProcess {
  readonly #options: DevProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: DevProcessOptions) {
    this.#options = options;
  }

  /** Starts it; true: it is ready. False: it ended before, or was told to end; what is wrong stands in its output. */
  async start(): Promise<boolean> {
    const { name, entry, url, env, print } = this.#options;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: a Ctrl-C is for the one who started it, which ends it in order.
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr] as Readable[]) {
      createInterface({ input: stream }).on('line', (line) => print(`${name} | ${line}`));
    }
    child.once('exit', (code, signal) => {
      if (this.#child === child)
        print(`${name} ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}; a change of src starts it again`);
    });
    while (isAlive(child)) {
      if (await answers(`${url}/readyz`)) return true;
      await delay(pollMs);
    }
    return false;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || !isAlive(child)) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await gone;
    clearTimeout(deadline);
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
