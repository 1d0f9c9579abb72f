import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RunResource } from '../../src/api/run-resource.ts';
import type { ExperimentEvidence } from '../../src/contracts/evidence.ts';
import { experimentWorkflowId } from '../../src/contracts/run.ts';
import { awaitEvent, cancelRun, startRun } from '../../test/support/runs.ts';
import { type Times, timesOf } from './history-steps.ts';

/** One run of one experiment, in ms since the epoch. */
export interface OneRun {
  postedAt: number;
  /** when POST /v1/runs had its answer */
  acceptedAt: number;
  /** absent: it was not cancelled */
  cancelledAt?: number;
  campaign: Times;
  experiment: Times;
  evidence: ExperimentEvidence;
}

export interface RunPlace {
  apiUrl: string;
  client: Client;
}

const experimentName = 'only';

/** A campaign of one experiment, as its author writes it. */
export function documentOf(namespace: string, experiment: object, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'bench' },
    spec: {
      target: { namespace, selector: 'app=bench' },
      ...more,
      steps: [{ experiment: { name: experimentName, ...experiment } }],
    },
  });
}

/** Has a document run; with `cancel`, until its fault was read back as in effect, and is then cancelled; else to its end. */
export async function runOnce({ apiUrl, client }: RunPlace, document: string, cancel: boolean): Promise<OneRun> {
  const postedAt = Date.now();
  const id = await startRun(apiUrl, document);
  const acceptedAt = Date.now();
  let cancelledAt: number | undefined;
  if (cancel) {
    const event = await awaitEvent(apiUrl, id, ({ type }) => type === 'fault.verified' || type === 'run.finished');
    if (event.type === 'run.finished') throw new Error(`run ${id} ended before its fault was in effect: ${event.reason}`);
    cancelledAt = Date.now();
    await cancelRun(apiUrl, id);
  }
  await ended(apiUrl, id);
  const [campaign, experiment] = await Promise.all(
    [id, experimentWorkflowId(id, 1, experimentName)].map((workflow) => client.workflow.getHandle(workflow).fetchHistory()),
  );
  const evidence = await client.workflow.getHandle(experimentWorkflowId(id, 1, experimentName)).result();
  return {
    postedAt,
    acceptedAt,
    ...(cancelledAt !== undefined && { cancelledAt }),
    campaign: timesOf(campaign?.events ?? []),
    experiment: timesOf(experiment?.events ?? []),
    evidence: evidence as ExperimentEvidence,
  };
}

async function ended(apiUrl: string, id: string): Promise<void> {
  for (;;) {
    const run = (await (await fetch(`${apiUrl}/v1/runs/${id}`)).json()) as RunResource;
    if (run.endedAt !== null) return;
    await delay(50);
  }
}
