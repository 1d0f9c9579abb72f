import type { z } from 'zod';
import { campaignDocument } from '../body.ts';
import { cancelRun } from '../cancel-run.ts';
import type { ApiContext } from '../context.ts';
import { parseDocument } from '../document.ts';
import { parseIdempotencyKey } from '../idempotency.ts';
import { listQuery } from '../list-query.ts';
import { listRuns } from '../list-runs.ts';
import { placeOfRun, placesOfCampaign } from '../places.ts';
import { Problem } from '../problem.ts';
import { declareRoute } from '../route.ts';
import { readRunInput } from '../run-input.ts';
import { describeRun, isRunning, type LinkBase, runResource } from '../run-resource.ts';
import { idempotencyHeaders, location } from '../schemas/headers.ts';
import { run, runPage, startedRun } from '../schemas/run.ts';
import { type StartRequest, startRun } from '../start-run.ts';
import { runParams } from './run-params.ts';
import { seedQuery } from './seed-query.ts';

const started = { description: 'The run, which begins', headers: location, content: { 'application/json': startedRun } };

export const createRun = declareRoute(
  {
    method: 'post',
    path: '/v1/runs',
    operationId: 'createRun',
    tag: 'runs',
    summary: 'Start a run of a campaign',
    access: 'operator',
    query: seedQuery,
    headers: idempotencyHeaders,
    body: campaignDocument,
    responses: { 202: started },
    problems: ['invalid-document', 'invalid-idempotency-key', 'idempotency-key-reused', 'worker-never-ran', 'run-id-taken'],
  },
  async ({ query: { seed = null }, headers, body, authorize, caller, requestId }, context) => {
    const campaign = parseDocument(body, context);
    authorize(placesOfCampaign(campaign));
    return start(context, headers, {
      document: body,
      campaign,
      seed,
      retryOf: null,
      startedBy: caller.identified ? caller.name : null,
      requestId,
    });
  },
);

export const listRunsRoute = declareRoute(
  {
    method: 'get',
    path: '/v1/runs',
    operationId: 'listRuns',
    tag: 'runs',
    summary: 'A page of runs',
    description:
      "Runs that go on come first, then those that ended, latest first; of them those that the caller may read. The list is read from Temporal's visibility, which lags a little behind the runs themselves. Of a run that continued as new, the times are those of its last execution.",
    access: 'viewer',
    scope: 'service',
    query: listQuery,
    responses: { 200: { description: 'The page', content: { 'application/json': runPage } } },
    problems: ['invalid-cursor', 'worker-never-ran'],
  },
  async ({ query, caller }, context) => ({ status: 200, body: await listRuns(context.client, query, linkBase(context), caller) }),
);

export const readRun = declareRoute(
  {
    method: 'get',
    path: '/v1/runs/{id}',
    operationId: 'readRun',
    tag: 'runs',
    summary: 'One run',
    access: 'viewer',
    params: runParams,
    responses: { 200: { description: 'The run', content: { 'application/json': run } } },
    problems: ['run-not-found'],
  },
  async ({ params, authorize }, context) => {
    const found = await describeRun(context.client, params.id);
    authorize([placeOfRun(found)]);
    return { status: 200, body: runResource(found, linkBase(context)) };
  },
);

export const cancelRunRoute = declareRoute(
  {
    method: 'post',
    path: '/v1/runs/{id}/cancel',
    operationId: 'cancelRun',
    tag: 'steering',
    summary: 'Cancel a run: its faults are undone first, and it still reports',
    access: 'operator',
    params: runParams,
    responses: {
      202: { description: 'The run, whose cancellation is in its history', headers: location, content: { 'application/json': run } },
    },
    problems: ['run-not-found', 'run-ended'],
  },
  async ({ params, authorize, caller }, context) => {
    const found = await describeRun(context.client, params.id);
    authorize([placeOfRun(found)]);
    await cancelRun(context.client, found, caller);
    const body = runResource(found, linkBase(context));
    return { status: 202, headers: { Location: body.links.self }, body };
  },
);

export const retryRun = declareRoute(
  {
    method: 'post',
    path: '/v1/runs/{id}/retry',
    operationId: 'retryRun',
    tag: 'runs',
    summary: 'Start a run of the same document with the same seed',
    access: 'operator',
    params: runParams,
    headers: idempotencyHeaders,
    responses: { 202: started },
    problems: [
      'run-not-found',
      'run-in-progress',
      'invalid-document',
      'invalid-idempotency-key',
      'idempotency-key-reused',
      'worker-never-ran',
      'run-id-taken',
    ],
  },
  async ({ params, headers, authorize, caller, requestId }, context) => {
    const found = await describeRun(context.client, params.id);
    authorize([placeOfRun(found)]);
    if (isRunning(found)) {
      throw new Problem(409, 'run-in-progress', 'The run goes on', `Run ${found.workflowId} can be repeated when it has ended.`);
    }
    const { document, seed, campaign: before } = await readRunInput(context.client, found);
    const campaign = parseDocument(document, context);
    authorize(placesOfCampaign(campaign));
    return start(context, headers, {
      document,
      campaign,
      seed: seed ?? before.seed ?? found.workflowId,
      retryOf: found.workflowId,
      startedBy: caller.identified ? caller.name : null,
      requestId,
    });
  },
);

async function start(
  context: ApiContext,
  headers: z.output<typeof idempotencyHeaders>,
  what: Omit<StartRequest, 'idempotencyKey'>,
): Promise<{ status: 202; headers: { Location: string }; body: z.input<typeof startedRun> }> {
  const header = headers['idempotency-key'];
  const idempotencyKey = header === undefined ? null : parseIdempotencyKey(header);
  const { run: found, isNew } = await startRun(context.client, { ...what, idempotencyKey });
  if (isNew) context.metrics.runsStarted.inc({ operation: what.retryOf === null ? 'create' : 'retry' });
  const resource = runResource(found, linkBase(context));
  return { status: 202, headers: { Location: resource.links.self }, body: { ...resource, warnings: what.campaign.warnings } };
}

function linkBase({ client, uiUrl }: ApiContext): LinkBase {
  return { namespace: client.options.namespace, uiUrl };
}
