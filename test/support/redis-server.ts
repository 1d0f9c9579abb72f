import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/free-port.ts';

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** A redis of its own on a loopback port that was free. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, process: ChildProcess, directory: string) {
    this.port = port;
    this.#process = process;
    this.#directory = directory;
  }

  static async start(replicaOf?: RedisServer): Promise<RedisServer> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'squall-redis-'));
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--repl-diskless-sync-delay', '0'];
    if (replicaOf !== undefined) options.push('--replicaof', '127.0.0.1', String(replicaOf.port));
    const process = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const server = new RedisServer(port, process, directory);
    for await (const line of process.stdout) if (String(line).includes('Ready to accept connections')) return server;
    throw new Error('redis-server ended before it was ready');
  }

  /** Stops it in its tracks; it answers again after `resume`. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    rmSync(this.#directory, { recursive: true });
  }
}
