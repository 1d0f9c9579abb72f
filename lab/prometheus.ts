import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Processes } from './processes.ts';
import type { NodePlan, Slot } from './slot.ts';

export const prometheusProcess = 'prometheus';
export const discoveryProcess = 'discovery';

export function prometheusUrlOf(slot: Slot): string {
  return `http://127.0.0.1:${slot.prometheusPort}`;
}

/**
 * The scrape configuration. Pods: as `discovery.ts` finds them, labelled namespace, pod, container, node. Kubelets: what
 * cAdvisor measures of the containers.
 */
export function prometheusConfig(nodes: readonly NodePlan[], ca: string, tokenFile: string, podsFile: string): object {
  return {
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '15s' },
    scrape_configs: [
      { job_name: 'pods', file_sd_configs: [{ files: [podsFile] }] },
      {
        job_name: 'cadvisor',
        scheme: 'https',
        metrics_path: '/metrics/cadvisor',
        scrape_interval: '5s',
        scrape_timeout: '5s',
        tls_config: { ca_file: ca },
        authorization: { credentials_file: tokenFile },
        static_configs: nodes.map((node) => ({ targets: [`${node.address}:10250`], labels: { node: node.name } })),
        metric_relabel_configs: [
          {
            source_labels: ['__name__'],
            regex:
              'container_cpu_(usage_seconds_total|cfs_.+|user_seconds_total|system_seconds_total)|container_memory_(working_set_bytes|rss)|container_spec_cpu_.+',
            action: 'keep',
          },
          { source_labels: ['pod'], regex: '.+', action: 'keep' },
        ],
      },
    ],
  };
}

export interface PrometheusOptions {
  slot: Slot;
  nodes: readonly NodePlan[];
  /** the lab's data directory */
  directory: string;
  /** certificate of the cluster's authority */
  ca: string;
  /** shown to the API server and the kubelets */
  token: string;
  processes: Processes;
}

export async function startPrometheus({ slot, nodes, directory, ca, token, processes }: PrometheusOptions): Promise<void> {
  const data = join(directory, 'prometheus');
  await mkdir(data, { recursive: true });
  const tokenFile = join(data, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const config = join(data, 'prometheus.yaml');
  const podsFile = join(data, 'pods.json');
  await writeFile(config, JSON.stringify(prometheusConfig(nodes, ca, tokenFile, podsFile), undefined, 2));
  const program = fileURLToPath(new URL('discovery.ts', import.meta.url));
  await processes.start(discoveryProcess, [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    program,
    slot.apiServer,
    ca,
    tokenFile,
    podsFile,
  ]);
  const server = await processes.start(prometheusProcess, [
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(data, 'data')}`,
    '--storage.tsdb.retention.time=24h',
    `--web.listen-address=127.0.0.1:${slot.prometheusPort}`,
    '--log.level=warn',
  ]);
  await processes.ready(server, 60_000, () => prometheusAnswers(slot));
}

export async function prometheusAnswers(slot: Slot): Promise<boolean> {
  const answer = await fetch(`${prometheusUrlOf(slot)}/-/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return answer?.ok === true;
}
