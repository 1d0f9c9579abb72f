import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '../src/error-message.ts';
import { type ApiServer, getJson } from './api-server.ts';

// Tells Prometheus which pods to scrape: a process of its own beside it, for Debian builds Prometheus without its
// Kubernetes discovery. It writes a file in the form of Prometheus's file_sd, which Prometheus watches.

export interface DiscoveredPod {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string; annotations?: Record<string, string> };
  spec: { nodeName?: string; containers: { name: string; ports?: { containerPort: number; protocol?: string }[] }[] };
  status: { podIP?: string; phase?: string };
}

export interface TargetGroup {
  targets: string[];
  labels: Record<string, string>;
}

/**
 * How Prometheus is to scrape a pod; undefined when it is not. It is when annotated prometheus.io/scrape: "true", has an
 * address and is not over. prometheus.io/port names the port (else the first declared one), prometheus.io/path the path
 * (else /metrics). The container is the one that declares the port.
 */
export function targetOf(pod: DiscoveredPod): TargetGroup | undefined {
  const annotations = pod.metadata.annotations ?? {};
  const { podIP, phase } = pod.status;
  if (annotations['prometheus.io/scrape'] !== 'true' || podIP === undefined || podIP === '' || phase === 'Succeeded' || phase === 'Failed')
    return undefined;
  const declared = pod.spec.containers.flatMap((container) =>
    (container.ports ?? []).map((port) => ({ container: container.name, port: String(port.containerPort) })),
  );
  const port = annotations['prometheus.io/port'] ?? declared[0]?.port;
  if (port === undefined) return undefined;
  const container = declared.find((candidate) => candidate.port === port)?.container ?? '';
  return {
    targets: [`${podIP}:${port}`],
    labels: {
      __metrics_path__: annotations['prometheus.io/path'] ?? '/metrics',
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      container,
      node: pod.spec.nodeName ?? '',
    },
  };
}

interface PodList {
  metadata: { resourceVersion: string };
  items: DiscoveredPod[];
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: DiscoveredPod;
}

/** Keeps `file` up to date until the process is ended. */
async function discover(api: ApiServer, file: string): Promise<never> {
  let written = '';
  const write = async (pods: Map<string, DiscoveredPod>): Promise<void> => {
    const groups = [...pods.values()].map(targetOf).filter((group) => group !== undefined);
    const text = JSON.stringify(groups);
    if (text === written) return;
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
    written = text;
  };
  for (;;) {
    try {
      const list = await getJson<PodList>(api, '/api/v1/pods');
      if (list !== undefined) {
        const pods = new Map(list.items.map((pod) => [pod.metadata.uid, pod]));
        await write(pods);
        for await (const event of watch(api, list.metadata.resourceVersion)) {
          if (event.type === 'ERROR') break;
          if (event.type === 'BOOKMARK') continue;
          if (event.type === 'DELETED') pods.delete(event.object.metadata.uid);
          else pods.set(event.object.metadata.uid, event.object);
          await write(pods);
        }
      }
    } catch (error) {
      process.stderr.write(`${new Date().toISOString()} ${errorMessage(error)}\n`);
    }
    // The API server is away, or has forgotten the version we watched from: what was found stays until it is back.
    await delay(1000);
  }
}

/** The events of all pods since a version, until the server ends the answer. */
async function* watch(api: ApiServer, resourceVersion: string): AsyncGenerator<WatchEvent> {
  const url = `${api.url}/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`;
  const asked = request(url, { ca: api.ca, headers: { authorization: `Bearer ${api.token}` }, agent: false });
  asked.end();
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    asked.on('response', resolve);
    asked.on('error', reject);
  });
  // The server says something at least once a minute (a bookmark); silence means that it is gone without a word.
  asked.setTimeout(150_000, () => asked.destroy(new Error('watch: nothing heard for 150 s')));
  try {
    for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchEvent;
  } finally {
    asked.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = '', caFile = '', tokenFile = '', file = ''] = process.argv.slice(2);
  await discover({ url, ca: readFileSync(caFile), token: readFileSync(tokenFile, 'utf8') }, file);
}
