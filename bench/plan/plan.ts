import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { labOf } from '../lab-of.ts';
import { atMost, type Check, exactly, type Found } from '../result.ts';
import { type Spread, short, spreadOf } from '../spread.ts';
import { Crowd } from './crowd.ts';
import type { PlanFound } from './plan-found.ts';

const root = join(import.meta.dirname, '../..');
const counts = { nodes: 1_000, pods: 10_000, apps: 10 };
const times = 5;
const mebibyte = 2 ** 20;
/** what Temporal takes of one payload */
const payloadLimit = 2 * mebibyte;

const pods = { fault: 'pod-network-latency', duration: '10s' };
// That of nodes is the last: see Crowd.markNodesReady.
const cases: { name: string; selector: string; experiment: object; targets: number; ofNodes?: boolean }[] = [
  { name: '10 of 1,000 pods', selector: 'app=app-0', experiment: { ...pods, target: { count: 10 } }, targets: 10 },
  { name: '1,000 pods', selector: 'app=app-0', experiment: { ...pods, target: 'all' }, targets: 1_000 },
  { name: '10 of 10,000 pods', selector: 'tier=web', experiment: { ...pods, target: { count: 10 } }, targets: 10 },
  {
    name: '10 of 1,000 nodes',
    selector: 'app=app-0',
    experiment: { fault: 'node-cordon', duration: '10s', target: { nodeSelector: 'squall.dev/bench', count: 10 } },
    targets: 10,
    ofNodes: true,
  },
];

/** How long a plan takes in a large cluster, what it asks of the API server, and how large it becomes. */
export async function plan(print: (line: string) => void, checkout?: string): Promise<Found> {
  const lab = labOf(checkout);
  await using crowd = await Crowd.open(lab.kubeconfig, counts, print);
  const figures: Record<string, number> = {};
  const spreads: Record<string, Spread> = {};
  const checks: Check[] = [];
  for (const { name, selector, experiment, targets, ofNodes = false } of cases) {
    print(`a plan on ${name}`);
    if (ofNodes) await crowd.markNodesReady();
    const found = await planned(lab.kubeconfig, documentOf(crowd.namespace, selector, experiment));
    if (found.refusals.length > 0) throw new Error(`the plan on ${name} is refused: ${found.refusals.join('; ')}`);
    spreads[`${name}: a plan`] = spreadOf(found.tookMs);
    figures[`${name}: requests to the API server`] = found.requests;
    figures[`${name}: KiB of the plan`] = short(found.planBytes / 1024);
    figures[`${name}: KiB of it as Temporal keeps it`] = short(found.keptBytes / 1024);
    figures[`${name}: MiB the process grew by`] = short(found.grownBytes / mebibyte);
    checks.push(
      exactly(`${name}: targets`, found.targets, targets),
      atMost(`${name}: a plan, median in ms`, spreads[`${name}: a plan`]?.median ?? null, 2_000),
      atMost(`${name}: requests to the API server`, found.requests, 60),
      atMost(`${name}: bytes of the plan as Temporal keeps it, which takes up to 2 MiB`, found.keptBytes, payloadLimit),
      atMost(`${name}: MiB the process grew by`, short(found.grownBytes / mebibyte), 350),
    );
  }
  print('the nodes and pods are removed');
  return { figures, spreads, checks };
}

function documentOf(namespace: string, selector: string, experiment: object): string {
  return JSON.stringify({
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'large' },
    spec: { target: { namespace, selector }, policy: { maxTargets: '100%' }, steps: [{ experiment: { name: 'only', ...experiment } }] },
  });
}

/** In a process of its own, whose memory is then its own. */
async function planned(kubeconfig: string, document: string): Promise<PlanFound> {
  const argv = ['--disable-warning=ExperimentalWarning', join(root, 'bench/plan/plan-process.ts'), kubeconfig, String(times), document];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the planning process ended with exit code ${code}, expected 0`);
  return JSON.parse(output) as PlanFound;
}
