import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/free-port.ts';
import { eventually } from './eventually.ts';

/** A server of Prometheus's family (Debian's packages), with a folder of its own, that is killed when it is disposed of. */
export class MonitoringServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param config as JSON, which is YAML */
  static async prometheus(config: object): Promise<MonitoringServer> {
    return MonitoringServer.#start('prometheus', config, (folder, address) => [
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ]);
  }

  static async alertmanager(config: object): Promise<MonitoringServer> {
    return MonitoringServer.#start('prometheus-alertmanager', config, (folder, address) => [
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      // It has no fellows.
      '--cluster.listen-address=',
      '--log.level=warn',
    ]);
  }

  static async #start(program: string, config: object, options: (folder: string, address: string) => string[]): Promise<MonitoringServer> {
    const folder = mkdtempSync(join(tmpdir(), `squall-${program}-`));
    const file = join(folder, 'config.yaml');
    const log = join(folder, 'log');
    writeFileSync(file, JSON.stringify(config));
    writeFileSync(log, '');
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(program, [`--config.file=${file}`, ...options(folder, address)], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (chunk: Buffer) => writeFileSync(log, chunk, { flag: 'a' }));
    await once(child, 'spawn');
    const server = new MonitoringServer(`http://${address}`, child, folder);
    try {
      await eventually(
        `${program} is ready`,
        () => server.#isReady(log),
        (ready) => ready,
        60_000,
      );
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async #isReady(log: string): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`it ended with code ${this.#child.exitCode}: ${readFileSync(log, 'utf8')}`);
    const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
    return answer?.ok === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
