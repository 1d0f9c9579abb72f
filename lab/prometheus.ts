import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { authorityOf, type Lab, tokenOf } from './lab.ts';
import type { Progress } from './progress.ts';
import { scrapedFilesOf } from './scrape.ts';
import { type NodePlan, nodesOf, type Slot } from './slot.ts';

/** Prometheus, and what tells it which pods to scrape. */
export const prometheusProcesses = ['prometheus', 'discovery'];

export function prometheusUrlOf(slot: Slot): string {
  return `http://127.0.0.1:${slot.prometheusPort}`;
}

interface PrometheusFiles {
  config: string;
  ca: string;
  tokenFile: string;
  podsFile: string;
}

function filesOf(lab: Lab): PrometheusFiles {
  const data = dataOf(lab);
  return { config: join(data, 'prometheus.yaml'), ca: authorityOf(lab), tokenFile: join(data, 'token'), podsFile: join(data, 'pods.json') };
}

function dataOf(lab: Lab): string {
  return join(lab.directory, 'prometheus');
}

/**
 * The scrape configuration. Pods: as `discovery.ts` finds them, labelled namespace, pod, container, node. Kubelets: what
 * cAdvisor measures of the containers. Processes of the machine's, such as squall's own: as `scrape.ts` is told. The rules are the project's.
 */
function prometheusConfig(lab: Lab, nodes: readonly NodePlan[], { ca, tokenFile, podsFile }: PrometheusFiles): object {
  return {
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '5s' },
    rule_files: [join(lab.checkout, 'k8s/monitoring/*-rules.yaml')],
    scrape_configs: [
      { job_name: 'pods', file_sd_configs: [{ files: [podsFile] }] },
      { job_name: 'processes', file_sd_configs: [{ files: [join(scrapedFilesOf(lab.directory), '*.json')] }] },
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

/** What is wrong with the lab's Prometheus, a sentence each; empty when it is healthy. */
export async function prometheusComplaints(lab: Lab): Promise<string[]> {
  for (const name of prometheusProcesses) if ((await lab.processes.find(name)) === undefined) return [`${name} is not running`];
  return (await prometheusAnswers(lab.slot)) ? [] : [`Prometheus does not answer at ${prometheusUrlOf(lab.slot)}`];
}

/** Starts the lab's Prometheus if it is not healthy. Its cluster has been started at least once before. */
export async function ensurePrometheus(lab: Lab, nodeCount: number, progress: Progress): Promise<void> {
  if ((await prometheusComplaints(lab)).length === 0) return reconfigure(lab, nodeCount);
  const runs = (await lab.processes.find('discovery')) !== undefined;
  if (runs && (await lab.processes.responds('prometheus', 15_000, () => prometheusAnswers(lab.slot)))) return;
  await stopPrometheus(lab);
  await progress.task('prometheus', 'starting', () => startPrometheus(lab, nodesOf(lab.slot, nodeCount)));
}

/** One that was started by an older checkout takes up what is configured now. */
async function reconfigure(lab: Lab, nodeCount: number): Promise<void> {
  const { config } = filesOf(lab);
  const wanted = configText(lab, nodesOf(lab.slot, nodeCount));
  const server = await lab.processes.find('prometheus');
  if (server === undefined || (await readFile(config, 'utf8').catch(() => '')) === wanted) return;
  await mkdir(scrapedFilesOf(lab.directory), { recursive: true });
  await writeFile(config, wanted);
  process.kill(server.pid, 'SIGHUP');
}

function configText(lab: Lab, nodes: readonly NodePlan[]): string {
  return JSON.stringify(prometheusConfig(lab, nodes, filesOf(lab)), undefined, 2);
}

export async function stopPrometheus(lab: Lab): Promise<void> {
  await Promise.all(prometheusProcesses.map((name) => lab.processes.stop(name, 10_000)));
  await lab.processes.sweep((name) => prometheusProcesses.includes(name));
}

async function startPrometheus(lab: Lab, nodes: readonly NodePlan[]): Promise<void> {
  const { slot, processes } = lab;
  const { config, ca, tokenFile, podsFile } = filesOf(lab);
  // Processes of before are gone, or are told of anew by who started them.
  await rm(scrapedFilesOf(lab.directory), { recursive: true, force: true });
  await mkdir(scrapedFilesOf(lab.directory), { recursive: true });
  await writeFile(tokenFile, tokenOf(lab, 'prometheus'), { mode: 0o600 });
  await writeFile(config, configText(lab, nodes));
  const program = fileURLToPath(new URL('discovery.ts', import.meta.url));
  await processes.start('discovery', [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    program,
    slot.apiServer,
    ca,
    tokenFile,
    podsFile,
  ]);
  const server = await processes.start('prometheus', [
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(dataOf(lab), 'data')}`,
    '--storage.tsdb.retention.time=24h',
    `--web.listen-address=127.0.0.1:${slot.prometheusPort}`,
    '--log.level=warn',
  ]);
  await processes.ready(server, 60_000, () => prometheusAnswers(slot));
}

async function prometheusAnswers(slot: Slot): Promise<boolean> {
  const answer = await fetch(`${prometheusUrlOf(slot)}/-/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return answer?.ok === true;
}
