import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { RunStatus, UpdateInputs, UpdateName } from '../../contracts/control.ts';
import { type RequestName, requests } from '../../control/requests.ts';
import { defaultAcceptMs, readStatus, type SteerOptions, steer } from '../../control/steer.ts';
import { requireActor } from '../actor.ts';
import type { Place } from '../auth/authorize.ts';
import type { Principal, Role } from '../auth/principal.ts';
import { jsonBody } from '../body.ts';
import { parseIdempotencyKey } from '../idempotency.ts';
import { placeOfRun, placesOfCampaign } from '../places.ts';
import { Problem } from '../problem.ts';
import { declareRoute, type Route } from '../route.ts';
import { readRunInput } from '../run-input.ts';
import { describeRun } from '../run-resource.ts';
import { idempotencyHeaders, location } from '../schemas/headers.ts';
import { runStatus } from '../schemas/status.ts';
import { steeringBodies } from '../schemas/steering.ts';
import { declaredWebhook, reasonOfAlert } from '../stop-webhook.ts';
import { runParams } from './run-params.ts';

// How people, and what watches from outside, steer a run: each request is an update of its workflow, in its history with who asked.

const summaries: Record<RequestName, string> = {
  pause: 'Pause a run: nothing new begins, and its faults are undone or held',
  resume: 'Resume a run that is paused',
  abort: 'End a run: everything is undone, and the verdict is Aborted',
  approve: 'Answer the approval step that a run waits at',
  extend: 'Let a fault hold for longer',
  skip: 'Undo and end an experiment that is under way, or leave out one that is to come',
  'retry-experiment': 'Begin a failed experiment once more',
  'settle-undo': 'Say what becomes of an undo that does not succeed',
};

const operationIds: Record<RequestName, string> = {
  pause: 'pauseRun',
  resume: 'resumeRun',
  abort: 'abortRun',
  approve: 'approveStep',
  extend: 'extendExperiment',
  skip: 'skipExperiment',
  'retry-experiment': 'retryExperiment',
  'settle-undo': 'settleUndo',
};

const accessOf = (name: RequestName): Role => (name === 'approve' ? 'approver' : 'operator');

const accepted = {
  description: 'It is in the history, and will be done; its end was not awaited',
  headers: location,
  content: { 'application/json': z.object({ accepted: z.literal(true) }) },
};
const taken = { description: 'It was done: where the run is now', content: { 'application/json': runStatus } };
const problems = ['run-not-found', 'run-ended', 'update-rejected', 'worker-absent', 'invalid-idempotency-key'] as const;

export const steeringRoutes: Route[] = (Object.keys(requests) as RequestName[]).map((name) =>
  declareRoute(
    {
      method: 'post',
      path: `/v1/runs/{id}/${name}`,
      operationId: operationIds[name],
      tag: 'steering',
      summary: summaries[name],
      access: accessOf(name),
      params: runParams,
      headers: idempotencyHeaders,
      body: steeringBodies[name],
      responses: { 200: taken, 202: accepted },
      problems,
      deadlineMs: null,
    },
    async ({ params: { id }, headers, body, authorize, caller }, { client }) => {
      authorize(await client.withDeadline(Date.now() + 5_000, () => placesOfRequest(client, id, name)));
      const { by, ...asked } = { by: undefined, ...body, actor: requireActor(caller, body.actor) };
      // What an extension is called in a body has its unit in its name from here on.
      const given = typeof by === 'number' ? { ...asked, byMs: by } : { ...asked, by };
      const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      return update(client, id, requests[name], input as unknown as UpdateInputs[UpdateName], updateIdOf(headers));
    },
  ),
);

export const readStatusRoute = declareRoute(
  {
    method: 'get',
    path: '/v1/runs/{id}/status',
    operationId: 'readStatus',
    tag: 'runs',
    summary: 'Where a run is, as its workflow says',
    access: 'viewer',
    params: runParams,
    responses: { 200: { description: 'Its status', content: { 'application/json': runStatus } } },
    problems: ['run-not-found', 'worker-absent', 'not-steerable'],
  },
  async ({ params: { id }, authorize }, { client }) => {
    authorize([placeOfRun(await describeRun(client, id))]);
    const seen = await readStatus(client, id);
    if (seen.outcome === 'seen') return { status: 200, body: seen.status };
    if (seen.outcome === 'not-found') throw notFound(id);
    if (seen.outcome === 'unanswered') throw workerAbsent('The status is told by a worker, and none answered within 5 s.');
    throw new Problem(409, 'not-steerable', 'The run cannot be steered', `Run ${id} is of an older release of squall.`);
  },
);

export const tripStopCondition = declareRoute(
  {
    method: 'post',
    path: '/v1/runs/{id}/stop-conditions/{name}',
    operationId: 'tripStopCondition',
    tag: 'steering',
    summary: 'End a run by a stop condition that is told from outside, as by an Alertmanager',
    access: 'operator',
    params: runParams.extend({
      name: z.string().meta({ description: 'a stop condition that the document declares with `webhook`', example: 'alerts' }),
    }),
    headers: idempotencyHeaders,
    // Alertmanager groups alerts: a notification may carry many.
    body: jsonBody(
      z.unknown().meta({ description: "an Alertmanager's notification, or any JSON", example: { reason: 'customers notice' } }),
      {
        limit: '1mb',
      },
    ),
    responses: {
      200: {
        description: 'It was done: where the run is now; or none of the alerts fires, and nothing was',
        content: { 'application/json': z.union([runStatus, z.object({ ignored: z.string() })]) },
      },
      202: accepted,
    },
    problems: [...problems, 'stop-condition-not-found'],
    deadlineMs: null,
  },
  async ({ params: { id, name }, headers, body, authorize, caller }, { client }) => {
    const condition = await client.withDeadline(Date.now() + 5_000, async () => {
      const run = await describeRun(client, id);
      authorize([placeOfRun(run)]);
      return declaredWebhook(client, run, name);
    });
    const reason = reasonOfAlert(body);
    if (reason === null) return { status: 200, body: { ignored: 'none of the alerts is firing' } };
    const actor = caller.identified ? `webhook ${condition} by ${caller.name}`.slice(0, 200) : `webhook ${condition}`;
    return update(client, id, 'abort', { actor, reason: `stop condition ${condition}: ${reason}` }, onceOf(caller, headers));
  },
);

type Updated = { status: 200; body: RunStatus } | { status: 202; headers: { Location: string }; body: { accepted: true } };

async function update<Name extends UpdateName>(
  client: Client,
  id: string,
  name: Name,
  input: UpdateInputs[Name],
  options: SteerOptions,
): Promise<Updated> {
  const steered = await steer(client, id, name, input, options);
  switch (steered.outcome) {
    case 'done':
      return { status: 200, body: steered.status };
    case 'accepted':
      // It is in the history: it will be done. How far it is, the status says.
      return { status: 202, headers: { Location: `/v1/runs/${id}/status` }, body: { accepted: true } };
    case 'rejected':
      throw new Problem(409, 'update-rejected', 'The run did not take it', `Run ${id} did not take it: ${steered.reason}.`);
    case 'ended':
      throw new Problem(409, 'run-ended', 'The run has ended', `Run ${id} has ended already.`);
    case 'not-found':
      throw notFound(id);
    case 'unanswered':
      throw workerAbsent(
        `No worker took it up within ${defaultAcceptMs / 1000} s. It waits for one, and may still take effect: ask for the status before asking anew.`,
      );
  }
}

/** Whoever may act where a run is may stop it; what lets it go on, or do more, takes a grant at every place that it reaches. */
async function placesOfRequest(client: Client, id: string, name: RequestName): Promise<Place[]> {
  const run = await describeRun(client, id);
  if (name === 'abort' || name === 'pause') return [placeOfRun(run)];
  const { campaign } = await readRunInput(client, run);
  return [placeOfRun(run), ...placesOfCampaign(campaign)];
}

/** A delivery of a signed webhook is told once, however often it comes. */
function onceOf({ name, delivery }: Principal, headers: z.output<typeof idempotencyHeaders>): SteerOptions {
  return delivery === undefined ? updateIdOf(headers) : { updateId: `${name}-${delivery}` };
}

/** A request that is repeated with its key takes effect once. */
function updateIdOf(headers: z.output<typeof idempotencyHeaders>): SteerOptions {
  const header = headers['idempotency-key'];
  return header === undefined ? {} : { updateId: parseIdempotencyKey(header) };
}

function notFound(id: string): Problem {
  return new Problem(404, 'run-not-found', 'There is no such run', `No run has the id ${JSON.stringify(id.slice(0, 255))}.`);
}

function workerAbsent(detail: string): Problem {
  return new Problem(503, 'worker-absent', 'No worker answers', detail, { headers: { 'Retry-After': '5' } });
}
