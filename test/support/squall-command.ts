import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '../../src/cli.ts');

export interface CommandOptions {
  env?: Record<string, string>;
  /** standard input */
  input?: string;
}

/** `squall WORDS` as a process, with nothing of this one's environment but where programs are. */
export class SquallCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  stdout = '';
  stderr = '';
  readonly #listeners = new Set<() => void>();

  constructor(words: readonly string[], { env = {}, input }: CommandOptions = {}) {
    this.child = spawn(process.execPath, [...squallArguments, ...words], { env: { ...bareEnvironment, ...env } });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#seen(() => (this.stdout += text)));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#seen(() => (this.stderr += text)));
    this.child.stdin?.end(input);
    this.ended = once(this.child, 'close').then(([code]) => {
      this.#seen(() => undefined);
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Waits until it has written what matches. @throws Error when it ends before */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout + this.stderr)) {
      if (this.child.exitCode !== null) throw new Error(`it ended without ${pattern}: ${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  #seen(take: () => void): void {
    take();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

export const squallArguments = ['--disable-warning=ExperimentalWarning', entry];
export const bareEnvironment = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };

/** Runs `squall WORDS` to its end. */
export function squall(
  words: readonly string[],
  options: CommandOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new SquallCommand(words, options).ended;
}
