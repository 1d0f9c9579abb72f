import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { deployRedis, makePrimary } from '../../examples/redis/deploy.ts';
import type { LabState } from '../../lab/state.ts';
import type { Campaign } from '../../src/contracts/campaign.ts';
import type { HistorySize, Sample } from '../../src/contracts/evidence.ts';
import { reportOf, startRun } from '../../test/support/runs.ts';
import { campaignOf, experimentSpec, observationOf, simulatedActivities } from '../../test/support/simulated-activities.ts';
import { TestNamespace } from '../../test/support/test-namespace.ts';
import { WorkflowHarness } from '../../test/support/workflow-harness.ts';
import { Service } from '../api-load/service.ts';
import { labOf } from '../lab-of.ts';
import { LabService } from '../lab-service.ts';
import { atMost, type Found } from '../result.ts';
import { short } from '../spread.ts';
import { stubWorker } from '../stub/stub-worker.ts';
import { documentOf } from '../throughput/campaigns.ts';

const root = join(import.meta.dirname, '../..');
const skippedTime = join(root, 'test/support/skipped-time.ts');
const mebibyte = 2 ** 20;
/** Temporal's limit of what one event may carry. */
const payloadLimit = 2 * mebibyte;
/** A round each quarter of an hour. */
const rounds = 96;
const roundMs = 15 * 60_000;
const holdMs = 60_000;
const manyTargets = 100;
const mostTargets = 1_000;

/** How many events and bytes a run leaves with Temporal, its experiments' own histories with it. */
export async function history(print: (line: string) => void, checkout?: string): Promise<Found> {
  print("the demo's campaign on the lab");
  const demo = await ofDemo(labOf(checkout));
  print(`the same three experiments on 3, ${manyTargets} and ${mostTargets} pods (the cluster is a stub)`);
  const few = await ofTargets(3);
  const many = await ofTargets(manyTargets);
  const most = await ofTargets(mostTargets);
  print('24 hours: three experiments each quarter of an hour (activities are simulated, time is skipped)');
  const day = await ofDay();
  const perSample = JSON.stringify({ at: Date.now(), ok: true, value: 12.345 } satisfies Sample).length + 1;
  return {
    figures: {
      'the demo: events': demo.events,
      'the demo: KiB': short(demo.bytes / 1024),
      'three experiments on 3 pods: events': few.events,
      'three experiments on 3 pods: KiB': short(few.bytes / 1024),
      [`three experiments on ${manyTargets} pods: events`]: many.events,
      [`three experiments on ${manyTargets} pods: KiB`]: short(many.bytes / 1024),
      [`three experiments on ${mostTargets} pods: events`]: most.events,
      [`three experiments on ${mostTargets} pods: KiB`]: short(most.bytes / 1024),
      [`bytes of ${manyTargets} pods over those of 3`]: short(many.bytes / few.bytes),
      'KiB for each pod more': short((most.bytes - few.bytes) / 1024 / (mostTargets - 3)),
      '24 hours: experiments': day.experiments,
      '24 hours: histories the campaign went through': day.executions,
      '24 hours: events in all': day.all.events,
      '24 hours: MiB in all': short(day.all.bytes / mebibyte),
      "24 hours: events of the campaign's longest history": day.longest.events,
      "24 hours: MiB of the campaign's largest history": short(day.longest.bytes / mebibyte),
      'bytes of a sample': perSample,
      "samples of all probes in one round that one event of Temporal's can carry": Math.floor(payloadLimit / perSample),
    },
    checks: [
      atMost('events of the demo', demo.events, 299),
      atMost('bytes of the demo', demo.bytes, mebibyte),
      // Temporal would have ended it, had any payload been above its limit.
      atMost(`bytes of three experiments on ${mostTargets} pods, which passed`, most.bytes, 10 * mebibyte),
      // Temporal ends a run at 51,200 events or 50 MiB; squall goes on in a new history where Temporal suggests it.
      atMost("24 hours: events of the campaign's longest history", day.longest.events, 10_240),
      atMost("24 hours: bytes of the campaign's largest history", day.longest.bytes, 10 * mebibyte),
    ],
  };
}

async function ofDemo(lab: LabState): Promise<HistorySize> {
  await using own = await TestNamespace.create(lab.kubeconfig, 'bench');
  const place = { kubeconfig: lab.kubeconfig, namespace: own.name };
  await deployRedis(place);
  await makePrimary({ ...place, pod: 'redis-leader-0' });
  await using service = await LabService.start(lab, 'history');
  const brief = readFileSync(join(root, 'examples/redis/brief/chaos-engine.yaml'), 'utf8');
  const id = await startRun(service.apiUrl, brief.replace('appns: default', `appns: ${own.name}`));
  const report = await reportOf(service.apiUrl, id);
  if (report.experiments.some(({ confirmedAt }) => confirmedAt === null))
    throw new Error(`the demo's run ended as ${report.verdict}, expected three faults done and undone: ${report.reason}`);
  return report.history;
}

async function ofTargets(replicas: number): Promise<HistorySize> {
  await using service = await Service.start([...stubWorker(), '--replicas', String(replicas)]);
  const id = await startRun(service.apiUrl, documentOf(1));
  const { verdict, reason, history } = await reportOf(service.apiUrl, id);
  if (verdict !== 'Passed') throw new Error(`the run on ${replicas} pods ended as ${verdict}, expected Passed: ${reason}`);
  return history;
}

async function ofDay() {
  await using harness = await WorkflowHarness.create({ interceptors: [skippedTime] });
  const activities = simulatedActivities([], {
    observe: async (input) => {
      const observation = observationOf(input, 10);
      // As many samples as an observation of that length has, one each second.
      const count = input.recovery === null ? holdMs / 1_000 : 1;
      for (const series of observation.series) {
        const [sample] = series.samples;
        if (sample !== undefined) series.samples = Array.from({ length: count }, (_, i) => ({ ...sample, at: sample.at + i * 1_000 }));
      }
      return observation;
    },
  });
  // Awaited here: the harness ends with this function.
  return await harness.withCampaign(campaignOfDay(), activities, async (handle) => {
    const first = handle.firstExecutionRunId;
    await handle.result();
    const report = await harness.report(handle.workflowId);
    const sizes = await executionsFrom(harness, handle.workflowId, first);
    return {
      experiments: rounds * 3,
      executions: sizes.length,
      all: report.history,
      longest: { events: Math.max(...sizes.map(({ events }) => events)), bytes: Math.max(...sizes.map(({ bytes }) => bytes)) },
    };
  });
}

function campaignOfDay(): Campaign {
  const three = ['one', 'two', 'three'].map((name) => experimentSpec(name, { durationMs: holdMs }));
  return { ...campaignOf(...three), repeat: { times: rounds, pauseMs: roundMs - 3 * holdMs } };
}

/** Each history that a campaign went through, since it continued as new. */
async function executionsFrom(harness: WorkflowHarness, workflowId: string, first: string): Promise<HistorySize[]> {
  const { client } = harness.environment;
  const sizes: HistorySize[] = [];
  let runId: string | null | undefined = first;
  while (runId) {
    const { size, next } = await oneExecution(client.workflow.getHandle(workflowId, runId));
    sizes.push(size);
    runId = next;
  }
  return sizes;
}

async function oneExecution(handle: WorkflowHandle): Promise<{ size: HistorySize; next: string | null | undefined }> {
  const { historyLength, historySize } = await handle.describe();
  const last = (await handle.fetchHistory()).events?.at(-1);
  return {
    size: { events: historyLength, bytes: historySize ?? 0 },
    next: last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId,
  };
}
