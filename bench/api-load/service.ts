import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { answers } from '../../scripts/answers.ts';
import { freePort } from '../../src/free-port.ts';
import { end } from '../../test/support/squall-processes.ts';
import { createTemporal } from '../../test/support/temporal.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Temporal, one API process and one worker process whose activities, or whose cluster, are simulated. */
export class Service implements AsyncDisposable {
  readonly apiUrl: string;
  readonly temporal: TestWorkflowEnvironment;
  readonly workerPid: number;
  readonly apiPid: number;
  readonly #processes: [worker: ChildProcess, api: ChildProcess];

  private constructor(apiUrl: string, temporal: TestWorkflowEnvironment, processes: [worker: ChildProcess, api: ChildProcess]) {
    this.apiUrl = apiUrl;
    this.temporal = temporal;
    this.#processes = processes;
    this.workerPid = processes[0].pid ?? 0;
    this.apiPid = processes[1].pid ?? 0;
  }

  /** `workerArguments`: Node's options, the worker's file and its arguments; it writes a line once it is ready. */
  static async start(workerArguments: readonly string[] = ['bench/api-load/worker-process.ts']): Promise<Service> {
    const temporal = await createTemporal();
    const env = { ...process.env, TEMPORAL_ADDRESS: temporal.address };
    // As the manifests have it.
    const worker = begin(workerArguments, { ...env, MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' });
    const port = await freePort();
    const apiUrl = `http://127.0.0.1:${port}`;
    const api = begin(['src/api.ts'], { ...env, SQUALL_API_PORT: String(port), SQUALL_LOG_LEVEL: 'error', SQUALL_API_RATE_LIMIT: '0' });
    const service = new Service(apiUrl, temporal, [worker, api]);
    try {
      await Promise.race([once(worker.stdout ?? worker, 'data'), failWhenEnded(worker, 'the worker')]);
      while (!(await answers(`${apiUrl}/readyz`))) {
        if (api.exitCode !== null) throw new Error(`the API ended with code ${api.exitCode}`);
        await delay(100);
      }
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((child) => end(child, 'SIGTERM')));
    await this.temporal.teardown();
  }
}

function begin(argv: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const options = { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...argv], options);
}

async function failWhenEnded(child: ChildProcess, what: string): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${what} ended, with ${signal ?? code}`);
}
