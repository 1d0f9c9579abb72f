import { Agent, fetch, setGlobalDispatcher } from 'undici';
import { percentile } from '../../src/report/statistics.ts';
import { atMost, type BenchResult, exactly } from '../result.ts';
import { Listeners } from './listeners.ts';
import { pace } from './pace.ts';
import { Service } from './service.ts';

const posts = 500;
const postsMs = 60_000;
const listeners = 100;
const readsPerSecond = 10;
const idleMs = 30_000;

/**
 * 500 POSTs of distinct runs in 60 s, while 100 clients follow runs by server-sent events, and one reads a run ten times a second:
 * nothing may be dropped or doubled, and the p99 of the reads stays under five times of what it is without load.
 */
export async function apiLoad(print: (line: string) => void): Promise<Pick<BenchResult, 'figures' | 'checks'>> {
  setGlobalDispatcher(new Agent({ connections: null, pipelining: 1 }));
  await using service = await Service.start();
  const { apiUrl } = service;
  const probe = await post(apiUrl, 'probe');
  const first = new Listeners(apiUrl, 1);
  first.add(probe);
  await first.ended();

  print(`idle: reads for ${idleMs / 1000} s`);
  const idle = await readFor(apiUrl, probe, idleMs);
  print(`load: ${posts} POSTs in ${postsMs / 1000} s, ${listeners} clients listening`);
  const following = new Listeners(apiUrl, listeners);
  const [started, loaded] = await Promise.all([
    pace(posts, postsMs / posts, async (index) => {
      const began = performance.now();
      const id = await post(apiUrl, `load-${index}`);
      const tookMs = performance.now() - began;
      following.add(id);
      return { id, tookMs };
    }),
    readFor(apiUrl, probe, postsMs),
  ]);
  const most = following.most;
  print('awaiting the end of the last runs');
  await following.ended();
  const followed = await following.compare();

  const ids = started.map(({ id }) => id);
  const listed = await listAll(apiUrl);
  const idleP99 = percentile(idle, 99);
  const loadedP99 = percentile(loaded, 99);
  const ratio = idleP99 === null || loadedP99 === null ? null : loadedP99 / idleP99;
  const postMs = started.map(({ tookMs }) => tookMs);
  return {
    figures: {
      'runs posted': posts,
      'POST /v1/runs: p50, ms': percentile(postMs, 50),
      'POST /v1/runs: p99, ms': percentile(postMs, 99),
      'clients that listened at once': most,
      'GET /v1/runs/{id}, idle: p50, ms': percentile(idle, 50),
      'GET /v1/runs/{id}, idle: p99, ms': idleP99,
      'GET /v1/runs/{id}, loaded: p50, ms': percentile(loaded, 50),
      'GET /v1/runs/{id}, loaded: p99, ms': loadedP99,
      'p99 loaded over p99 idle': ratio,
    },
    checks: [
      exactly('distinct runs started', new Set(ids).size, posts),
      exactly('runs listed that were started', ids.filter((id) => listed.has(id)).length, posts),
      exactly('runs listed that nobody started', [...listed].filter((id) => id !== probe && !ids.includes(id)).length, 0),
      exactly('runs followed from their first event to their last', followed.whole, posts),
      exactly('events that came twice', followed.doubled, 0),
      exactly('events that a second reading of the run has, and the first had not', followed.dropped, 0),
      exactly('clients that listened at once', most, listeners),
      atMost('p99 of GET /v1/runs/{id} under load, over its idle p99', ratio, 5),
    ],
  };
}

function documentOf(name: string): string {
  return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: ${name}}
spec:
  target: {namespace: shop, selector: app=cart}
  steps:
    - experiment: {name: slow, fault: pod-network-latency, target: all, parameters: {latency: 500ms}, duration: 10s}
`;
}

async function post(apiUrl: string, name: string): Promise<string> {
  const response = await fetch(`${apiUrl}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/yaml' },
    body: documentOf(name),
  });
  const body = await response.text();
  if (response.status !== 202) throw new Error(`POST of ${name}: HTTP ${response.status}: ${body}`);
  return (JSON.parse(body) as { id: string }).id;
}

/** How long each read took, in ms. */
function readFor(apiUrl: string, id: string, forMs: number): Promise<number[]> {
  return pace((forMs / 1000) * readsPerSecond, 1000 / readsPerSecond, async () => {
    const began = performance.now();
    const response = await fetch(`${apiUrl}/v1/runs/${id}`);
    const body = await response.text();
    if (!response.ok) throw new Error(`GET of run ${id}: HTTP ${response.status}: ${body}`);
    return performance.now() - began;
  });
}

async function listAll(apiUrl: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const response = await fetch(`${apiUrl}/v1/runs?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    const page = (await response.json()) as { runs: { id: string }[]; nextCursor: string | null };
    for (const { id } of page.runs) ids.add(id);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}
