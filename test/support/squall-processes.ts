import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LabState } from '../../lab/state.ts';
import { answers } from '../../scripts/answers.ts';
import { freePort } from '../../src/free-port.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The real worker and the real API, each a process of its own, on free ports. */
export class SquallProcesses implements AsyncDisposable {
  readonly apiUrl: string;
  /** of the worker started last */
  workerMetricsUrl = '';
  #worker: ChildProcess | undefined;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();

  private constructor(environment: NodeJS.ProcessEnv, apiUrl: string) {
    this.#environment = environment;
    this.apiUrl = apiUrl;
  }

  static async start(lab: LabState, temporalAddress: string, more: NodeJS.ProcessEnv = {}): Promise<SquallProcesses> {
    const port = await freePort();
    const environment = {
      ...process.env,
      TEMPORAL_ADDRESS: temporalAddress,
      KUBECONFIG: lab.kubeconfig,
      SQUALL_AGENT_IMAGE: lab.images.agent,
      SQUALL_API_PORT: String(port),
      ...(lab.prometheusUrl === null ? {} : { SQUALL_PROMETHEUS_URL: lab.prometheusUrl }),
      ...more,
    };
    const processes = new SquallProcesses(environment, `http://127.0.0.1:${port}`);
    await processes.startWorker();
    await processes.#start('api', {}, `${processes.apiUrl}/readyz`);
    return processes;
  }

  /** the worker started last */
  get worker(): ChildProcess {
    if (this.#worker === undefined) throw new Error('no worker was started');
    return this.#worker;
  }

  async startWorker(more: NodeJS.ProcessEnv = {}): Promise<void> {
    const port = await freePort();
    this.workerMetricsUrl = `http://127.0.0.1:${port}/metrics`;
    this.#worker = await this.#start('worker', { ...more, SQUALL_WORKER_METRICS_PORT: String(port) }, `http://127.0.0.1:${port}/readyz`);
  }

  async #start(name: 'api' | 'worker', more: NodeJS.ProcessEnv, readyz: string): Promise<ChildProcess> {
    mkdirSync(`${root}out/test`, { recursive: true });
    const log = createWriteStream(`${root}out/test/${name}.log`, { flags: 'a' });
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', `${root}src/${name}.ts`], {
      env: { ...this.#environment, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    while (!(await answers(readyz))) {
      if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}: see out/test/${name}.log`);
      await delay(100);
    }
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((child) => end(child, 'SIGTERM')));
  }
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
