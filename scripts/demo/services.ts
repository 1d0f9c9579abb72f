import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ScrapedProcess } from '../../lab/scrape.ts';
import type { LabState } from '../../lab/state.ts';
import { freePort } from '../../src/free-port.ts';
import { ServiceProcess } from './service-process.ts';

export interface Services {
  worker: ServiceProcess;
  api: ServiceProcess;
  apiUrl: string;
  /** for Prometheus */
  scraped: ScrapedProcess[];
}

/** Starts the worker and the API against a lab. Their logs go to `folder`. */
export async function startServices(root: string, lab: LabState, folder: string, apiPort: number | undefined): Promise<Services> {
  mkdirSync(folder, { recursive: true });
  const port = apiPort ?? (await freePort());
  const workerPort = await freePort();
  const env = serviceEnvironment(lab, port, workerPort);
  const start = (name: string, entry: string, url: string) =>
    new ServiceProcess({ name, entry: join(root, entry), url, logPath: join(folder, `${name}.log`), env });
  const apiUrl = `http://127.0.0.1:${port}`;
  return {
    worker: start('worker', 'src/worker.ts', `http://127.0.0.1:${workerPort}`),
    api: start('api', 'src/api.ts', apiUrl),
    apiUrl,
    scraped: [
      { job: 'squall-worker', target: `127.0.0.1:${workerPort}` },
      { job: 'squall-api', target: `127.0.0.1:${port}` },
    ],
  };
}

/** What configures the API and the worker to work with a lab. */
export function serviceEnvironment(lab: LabState, apiPort: number, workerPort: number): NodeJS.ProcessEnv {
  return {
    ...ownEnvironment(),
    KUBECONFIG: lab.kubeconfig,
    TEMPORAL_ADDRESS: lab.temporalAddress,
    TEMPORAL_NAMESPACE: lab.temporalNamespace,
    SQUALL_AGENT_IMAGE: lab.images.agent,
    SQUALL_API_PORT: String(apiPort),
    SQUALL_WORKER_METRICS_PORT: String(workerPort),
    ...(lab.temporalUi !== null && { SQUALL_UI_URL: lab.temporalUi }),
    ...(lab.prometheusUrl !== null && { SQUALL_PROMETHEUS_URL: lab.prometheusUrl }),
  };
}

/** Settings of another squall in the caller's shell must not reach these. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SQUALL_') || name === 'SQUALL_LOG_LEVEL'));
}
