import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { LabFailure } from './failure.ts';

export interface RunOptions {
  cwd?: string;
  /** added to this process's environment; undefined removes a variable */
  env?: Record<string, string | undefined>;
  input?: string;
  /** a file that gets everything the command writes, for a person to read */
  log?: string;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command to its end.
 * @throws LabFailure when it cannot be started
 */
export async function attempt(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: 'a' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    log?.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    log?.write(chunk);
  });
  // A command that ends without reading its input closes the pipe: its exit code says more than EPIPE.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new LabFailure(`${command}: ${error.message}`)));
    child.on('close', resolve);
  }).finally(() => log?.end());
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/**
 * Runs a command that has to succeed, and returns what it wrote to stdout.
 * @throws LabFailure with the command, its exit code and the end of what it wrote
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(argv, options);
  if (result.code !== 0) {
    const said = lastLines(result.stderr.trim() === '' ? result.stdout : result.stderr, 12);
    const more = options.log === undefined ? '' : `\n(all of it: ${options.log})`;
    throw new LabFailure(
      `${argv.join(' ')}\nended with ${result.code === null ? 'a signal' : `exit code ${result.code}`}:\n${said}${more}`,
    );
  }
  return result.stdout;
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
