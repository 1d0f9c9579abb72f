import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { Campaign } from '../contracts/campaign.ts';
import { searchAttributes, taskQueue, workflowTypes } from '../contracts/names.ts';
import type { Phase, RunInput } from '../contracts/run.ts';
import { clusterAttributes } from '../temporal/cluster-attributes.ts';
import { requestDigest } from './idempotency.ts';
import { Problem } from './problem.ts';
import { tooLarge } from './problem-of-error.ts';
import { runDetails, runSummary } from './run-details.ts';
import { newRunId, runIdOfKey } from './run-id.ts';
import { describeRun, memoOf, type RunMemo, type ToldRun } from './run-resource.ts';

export interface StartRequest {
  document: string;
  campaign: Campaign;
  seed: string | null;
  retryOf: string | null;
  /** null: callers are not asked who they are */
  startedBy: string | null;
  idempotencyKey: string | null;
  requestId: string;
}

export interface StartedRun {
  run: ToldRun;
  /** false: an earlier request with the same idempotency key had started it */
  isNew: boolean;
}

/** Temporal takes no payload above 2 MiB. */
const largestInput = 2 * 1024 * 1024 - 64 * 1024;

/**
 * Starts a run, or finds the one that the idempotency key already stands for, whether it still goes on or has ended.
 *
 * @throws Problem 422: the key was used for something else
 */
export async function startRun(client: Client, request: StartRequest): Promise<StartedRun> {
  const id = request.idempotencyKey === null ? newRunId(request.campaign.name) : runIdOfKey(request.idempotencyKey);
  const { document, campaign, seed, retryOf, startedBy } = request;
  const input: RunInput = {
    campaign,
    document,
    ...(seed !== null && { seed }),
    ...(retryOf !== null && { retryOf }),
    ...(startedBy !== null && { startedBy }),
  };
  if (Buffer.byteLength(JSON.stringify(input)) > largestInput) throw tooLarge('a document that takes less than 2 MiB once parsed');
  const memo: RunMemo = {
    campaign: campaign.name,
    documentSha256: createHash('sha256').update(document).digest('hex'),
    requestDigest: requestDigest({ document, seed, retryOf }),
    requestId: request.requestId,
    retryOf,
    startedBy,
    startedAt: new Date().toISOString(),
  };
  const started = await ensureStarted(client, id, input, memo, request.idempotencyKey !== null);
  // Only a key can stand for another run than the one that was just started, of which all is known.
  const run = request.idempotencyKey === null && started !== undefined ? started : await describeRun(client, id);
  const found = memoOf(run);
  if (found.requestDigest !== memo.requestDigest) throw keyReused(id);
  return { run, isNew: found.requestId === memo.requestId };
}

/** The run as it was started, or as the key already stands for it; undefined: there is one of this id, which the key stands for. */
async function ensureStarted(client: Client, id: string, input: RunInput, memo: RunMemo, isKeyed: boolean): Promise<ToldRun | undefined> {
  const { name, target } = input.campaign;
  const typedSearchAttributes = new TypedSearchAttributes([
    { key: searchAttributes.campaign, value: name },
    ...clusterAttributes(input.campaign),
    { key: searchAttributes.namespace, value: target.namespace },
    { key: searchAttributes.phase, value: 'Planning' satisfies Phase },
  ]);
  try {
    const handle = await client.workflow.start(workflowTypes.campaign, {
      taskQueue,
      workflowId: id,
      args: [input],
      memo: { ...memo },
      staticSummary: runSummary(input.campaign),
      staticDetails: runDetails(id, input.campaign),
      // Together: one id, one run, as long as Temporal keeps it.
      workflowIdConflictPolicy: isKeyed ? 'USE_EXISTING' : 'FAIL',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      typedSearchAttributes,
    });
    const { firstExecutionRunId: runId } = handle;
    const startTime = new Date(memo.startedAt);
    return { workflowId: id, runId, startTime, memo: { ...memo }, typedSearchAttributes, status: { name: 'RUNNING' } };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    if (!isKeyed) {
      const detail = `The id ${id}, chosen at random, is taken. Nothing was started; the same request will get another.`;
      throw new Problem(503, 'run-id-taken', 'The id is taken', detail, { headers: { 'Retry-After': '0' }, cause: error });
    }
    return undefined;
  }
}

function keyReused(id: string): Problem {
  const detail = `This Idempotency-Key stands for run ${id}, which another request started: expected the same document, seed and operation.`;
  return new Problem(422, 'idempotency-key-reused', 'The idempotency key was used for something else', detail, {
    members: { run: `/v1/runs/${id}` },
  });
}
