import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { temporalBinary } from '../../lab/artifacts/binaries.ts';
import { Progress } from '../../lab/progress.ts';
import type { LabState } from '../../lab/state.ts';
import { settingArguments, temporalSettings } from '../../lab/temporal.ts';
import { freePort } from '../../src/free-port.ts';
import type { Clock } from './clock.ts';
import { Disk } from './disk.ts';
import { answers, Supervised } from './supervised.ts';

const root = join(import.meta.dirname, '../..');

/** The whole of squall, as processes of its own: a Temporal server with its database on a small disk, a worker, an API. */
export class Service implements AsyncDisposable {
  readonly temporal: Supervised;
  readonly worker: Supervised;
  readonly api: Supervised;
  readonly apiUrl: string;
  readonly client: Client;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly #connection: Connection;

  private constructor(parts: {
    temporal: Supervised;
    worker: Supervised;
    api: Supervised;
    apiUrl: string;
    connection: Connection;
    disk: Disk;
    clock: Clock;
  }) {
    this.temporal = parts.temporal;
    this.worker = parts.worker;
    this.api = parts.api;
    this.apiUrl = parts.apiUrl;
    this.disk = parts.disk;
    this.clock = parts.clock;
    this.#connection = parts.connection;
    this.client = new Client({ connection: parts.connection });
  }

  /**
   * Starts it, ready for requests.
   * @param folder for its database and logs
   * @param clock by which the worker's clock can be set
   */
  static async start(lab: LabState, folder: string, clock: Clock): Promise<Service> {
    mkdirSync(folder, { recursive: true });
    const binary = await temporalBinary(new Progress());
    const disk = await Disk.mount(join(folder, 'disk'));
    const [temporalPort, apiPort] = [await freePort(), await freePort()];
    const address = `127.0.0.1:${temporalPort}`;
    const connection = Connection.lazy({ address });
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    const environment: NodeJS.ProcessEnv = {
      ...plainEnvironment(),
      TEMPORAL_ADDRESS: address,
      KUBECONFIG: lab.kubeconfig,
      SQUALL_AGENT_IMAGE: lab.images.agent,
      SQUALL_API_PORT: String(apiPort),
    };
    const temporal = new Supervised({
      name: 'temporal',
      log: join(folder, 'temporal.log'),
      command: async () => ({
        argv: [
          binary,
          'server',
          'start-dev',
          '--headless',
          '--ip=127.0.0.1',
          `--port=${temporalPort}`,
          `--db-filename=${join(disk.path, 'temporal.db')}`,
          '--log-level=warn',
          ...settingArguments(temporalSettings),
        ],
        env: plainEnvironment(),
        ready: () => isServing(connection),
      }),
    });
    const entry = (name: string) => [process.execPath, '--disable-warning=ExperimentalWarning', join(root, `src/${name}.ts`)];
    const api = new Supervised({
      name: 'api',
      log: join(folder, 'api.log'),
      command: async () => ({ argv: entry('api'), env: environment, ready: () => answers(`${apiUrl}/readyz`) }),
    });
    const worker = new Supervised({
      name: 'worker',
      log: join(folder, 'worker.log'),
      command: async () => {
        const port = await freePort();
        return {
          argv: entry('worker'),
          env: { ...environment, ...clock.environment, SQUALL_WORKER_METRICS_PORT: String(port) },
          ready: () => answers(`http://127.0.0.1:${port}/readyz`),
        };
      },
    });
    const service = new Service({ temporal, worker, api, apiUrl, connection, disk, clock });
    try {
      temporal.start();
      await temporal.awaitReady();
      worker.start();
      api.start();
      await Promise.all([worker.awaitReady(), api.awaitReady()]);
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The three processes by the names they are killed under. */
  process(name: 'temporal' | 'worker' | 'api'): Supervised {
    return this[name];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disk.free();
    await Promise.all([this.worker.close(), this.api.close()]);
    await this.temporal.close();
    await this.#connection.close();
    await this.disk[Symbol.asyncDispose]();
  }
}

async function isServing(connection: Connection): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.describeNamespace({ namespace: 'default' }));
    return true;
  } catch {
    // It does not answer yet, or is still making its namespace.
    return false;
  }
}

/** Settings of another squall, or of a client, in the caller's shell are not this one's. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SQUALL_|TEMPORAL_|KUBE)/.test(name)));
}
