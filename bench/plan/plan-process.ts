// Plans one document several times against a cluster, as the worker's activity does, and tells what that took.
// usage: node bench/plan/plan-process.ts KUBECONFIG TIMES DOCUMENT   (writes one line of JSON)
import { subscribe } from 'node:diagnostics_channel';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { planCampaign } from '../../src/activities/make-plan.ts';
import { parseCampaign } from '../../src/campaign/parse.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { defaultClusterPolicy } from '../../src/policy/cluster-policy.ts';
import { CompressingCodec } from '../../src/temporal/compressing-codec.ts';
import { costOf } from '../throughput/process-cost.ts';
import type { PlanFound } from './plan-found.ts';

const [kubeconfig = '', times = '1', document = ''] = process.argv.slice(2);
const parsed = parseCampaign(document, { fileName: 'bench' });
if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));

let requests = 0;
subscribe('undici:request:create', () => {
  requests += 1;
});
await using cluster = connectCluster({ name: 'default', kubeconfig });
// Planning needs no more of it.
const deps = {
  cluster: () => cluster,
  policy: () => defaultClusterPolicy(),
  ofCluster: () => ({ agentImage: 'squall-agent:bench', reach: 'auto', prometheusUrl: null }),
} as unknown as Dependencies;

const codec = new CompressingCodec();
const signal = new AbortController().signal;
const before = costOf(process.pid).residentBytes;
const tookMs: number[] = [];
let found: Omit<PlanFound, 'tookMs' | 'grownBytes'> | undefined;
// Once for the connections.
for (let i = 0; i <= Number(times); i += 1) {
  requests = 0;
  const began = performance.now();
  const plan = await planCampaign({ campaign: parsed.campaign, seed: `seed-${i}` }, deps, signal);
  if (i > 0) tookMs.push(performance.now() - began);
  const [kept] = await codec.encode([defaultPayloadConverter.toPayload(plan)]);
  found = {
    requests,
    planBytes: Buffer.byteLength(JSON.stringify(plan)),
    keptBytes: kept?.data?.length ?? 0,
    targets: plan.experiments.reduce((sum, { targets }) => sum + targets.length, 0),
    refusals: plan.refusals.map(({ code, message }) => `${code}: ${message.slice(0, 200)}`),
  };
}
const grownBytes = costOf(process.pid).mostResidentBytes - before;
process.stdout.write(`${JSON.stringify({ ...found, tookMs, grownBytes })}\n`);
