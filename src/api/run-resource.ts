import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { z } from 'zod';
import { searchAttributes, workflowTypes } from '../contracts/names.ts';
import type { Phase } from '../contracts/run.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { Problem } from './problem.ts';
import type { run } from './schemas/run.ts';

/** A run as the API tells it. Times are ISO 8601 in UTC. */
export type RunResource = z.output<typeof run>;

/** What Temporal tells of a run's workflow. */
export type RunInfo = Omit<WorkflowExecutionInfo, 'raw'>;

/** What is kept beside a run's workflow. */
export interface RunMemo {
  campaign: string;
  documentSha256: string;
  /** of all that a request asked for; two requests with one idempotency key must agree in it */
  requestDigest: string;
  /** id of the request that started the run */
  requestId: string;
  retryOf: string | null;
  /** null: callers are not asked who they are */
  startedBy: string | null;
  /** ISO 8601; of a run that continued as new Temporal tells when its last execution started */
  startedAt: string;
}

/** What every link needs. */
export interface LinkBase {
  namespace: string;
  uiUrl: string | null;
}

/** What of a run's workflow its resource is made from. */
export type ToldRun = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'startTime' | 'closeTime' | 'memo' | 'typedSearchAttributes'> & {
  status: Pick<WorkflowExecutionInfo['status'], 'name'>;
};

export function runResource(info: ToldRun, base: LinkBase): RunResource {
  const attributes = info.typedSearchAttributes;
  return {
    id: info.workflowId,
    campaign: attributes.get(searchAttributes.campaign) ?? null,
    cluster: attributes.get(searchAttributes.cluster) ?? null,
    namespace: attributes.get(searchAttributes.namespace) ?? null,
    phase: (attributes.get(searchAttributes.phase) as Phase | undefined) ?? null,
    state: isRunning(info) ? 'running' : 'completed',
    verdict: (attributes.get(searchAttributes.verdict) as Verdict | undefined) ?? null,
    score: attributes.get(searchAttributes.score) ?? null,
    startedAt: memoOf(info).startedAt ?? info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
    startedBy: memoOf(info).startedBy ?? null,
    retryOf: memoOf(info).retryOf ?? null,
    links: runLinks(info, base),
  };
}

export function isRunning(info: Pick<ToldRun, 'status'>): boolean {
  return info.status.name === 'RUNNING' || info.status.name === 'PAUSED';
}

export function memoOf(info: Pick<WorkflowExecutionInfo, 'memo'>): Partial<RunMemo> {
  return (info.memo ?? {}) as Partial<RunMemo>;
}

export function runLinks(info: Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>, { namespace, uiUrl }: LinkBase): RunResource['links'] {
  const self = `/v1/runs/${info.workflowId}`;
  const links = { self, report: `${self}/report`, events: `${self}/events`, audit: `${self}/audit` };
  if (uiUrl === null) return links;
  const path = ['namespaces', namespace, 'workflows', info.workflowId, info.runId, 'history'];
  return { ...links, ui: `${uiUrl}/${path.map(encodeURIComponent).join('/')}` };
}

/**
 * The workflow of a run, as Temporal has it now.
 *
 * @throws Problem 404: there is no such run, or a workflow of this id is not a run
 */
export async function describeRun(client: Client, id: string): Promise<WorkflowExecutionDescription> {
  const description = /^[A-Za-z0-9._:-]{1,255}$/.test(id) ? await describe(client, id) : undefined;
  if (description?.type === workflowTypes.campaign) return description;
  throw new Problem(404, 'run-not-found', 'There is no such run', `No run has the id ${JSON.stringify(id.slice(0, 255))}.`);
}

async function describe(client: Client, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
