import type { Config } from '../../config.ts';
import { rootMessage } from '../../root-message.ts';
import { type Check, failed, ok, warning } from './check.ts';

const timeoutMs = 5_000;

/** Prometheus, by a query that every one can answer. */
export async function checkPrometheus(subject: string, url: string | null): Promise<Check> {
  if (url === null) {
    const mend = 'set SQUALL_PROMETHEUS_URL, or give each prometheus probe a url of its own';
    return warning('metrics', subject, 'no Prometheus is configured', mend);
  }
  const mend = 'see that SQUALL_PROMETHEUS_URL is the base URL of a Prometheus that this machine reaches';
  try {
    const response = await fetch(`${url}/api/v1/query?query=vector(1)`, { signal: AbortSignal.timeout(timeoutMs) });
    const answer = (await response.json()) as { status?: string };
    if (response.ok && answer.status === 'success') return ok('metrics', subject, `Prometheus answers at ${url}`);
    return failed('metrics', subject, `${url} answers HTTP ${response.status}, and not as Prometheus does`, mend);
  } catch (error) {
    return failed('metrics', subject, `Prometheus does not answer at ${url}: ${rootMessage(error)}`, mend);
  }
}

/** The worker's own metrics, where they are configured to be. */
export async function checkWorkerMetrics({ workerMetrics: { host, port } }: Config): Promise<Check> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`;
  const subject = 'worker';
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (response.ok && text.includes('squall_')) return ok('metrics', subject, `its metrics are at ${url}`);
    return warning(
      'metrics',
      subject,
      `${url} answers HTTP ${response.status}, without squall's metrics`,
      'something else has the port: SQUALL_WORKER_METRICS_PORT',
    );
  } catch (error) {
    const mend = 'start one here (squall worker), or look where it runs: SQUALL_WORKER_METRICS_HOST and _PORT say where it serves them';
    return warning('metrics', subject, `no metrics at ${url}: ${rootMessage(error)}`, mend);
  }
}
