import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { SavedCampaign } from '../../contracts/schedule.ts';
import { parseSchedule } from '../../schedules/document.ts';
import { runIdOfCause, startSavedRun } from '../../schedules/start-saved-run.ts';
import {
  createSchedule,
  deleteSchedule,
  listSchedules,
  pauseSchedule,
  RefusedTimesError,
  readSchedule,
  replaceSchedule,
  resumeSchedule,
  type StoredCampaign,
} from '../../schedules/store.ts';
import { webhookCause } from '../../triggers/webhook-cause.ts';
import { actorOf, requireActor } from '../actor.ts';
import { isAuthorized, type Place } from '../auth/authorize.ts';
import type { Principal } from '../auth/principal.ts';
import { documentBody, jsonBody } from '../body.ts';
import type { ApiContext } from '../context.ts';
import { parseIdempotencyKey } from '../idempotency.ts';
import { placesOfCampaign } from '../places.ts';
import { Problem } from '../problem.ts';
import { readBaseline } from '../read-baseline.ts';
import { declareRoute } from '../route.ts';
import { randomToken } from '../run-id.ts';
import { describeRun, type LinkBase, runResource } from '../run-resource.ts';
import { scheduleResource, withDocument } from '../schedule-resource.ts';
import { idempotencyHeaders, location } from '../schemas/headers.ts';
import { ignored, scheduleList, scheduleWithDocument, triggered } from '../schemas/schedule.ts';
import { optionalActor } from '../schemas/steering.ts';

// Saved campaigns: what is kept of them is a schedule of Temporal's, and nothing else.

/** A worker may have to look at a workload first. */
const writeDeadlineMs = 30_000;
/** Alertmanager groups alerts: a notification may carry many. */
const webhookLimit = '1mb';

const params = z.object({ name: z.string().meta({ description: 'the name of a saved campaign', example: 'redis-on-rollout' }) });

const document = z.looseObject({ kind: z.string().optional() }).meta({
  id: 'ScheduleDocument',
  description: 'A saved campaign, `kind: Schedule`, with the campaign at `spec.campaign`: docs/triggers.md.',
});
const scheduleDocument = documentBody(document);

const reason = z
  .string({ error: 'at most 400 characters' })
  .trim()
  .max(400, { error: 'at most 400 characters' })
  .optional()
  .meta({ description: 'why', example: 'a migration' });
const actor = z
  .string({ error: '1 to 200 characters that say who asks' })
  .trim()
  .min(1, { error: '1 to 200 characters that say who asks' })
  .max(200, { error: '1 to 200 characters that say who asks' });
const pauseBody = jsonBody(z.strictObject({ actor: optionalActor, reason }).meta({ id: 'PauseScheduleRequest' }), {
  anonymous: z.strictObject({ actor, reason }),
});

const told = { description: 'The saved campaign', content: { 'application/json': scheduleWithDocument } };

export const createScheduleRoute = declareRoute(
  {
    method: 'post',
    path: '/v1/schedules',
    operationId: 'createSchedule',
    tag: 'schedules',
    summary: 'Save a campaign, with what starts it',
    description:
      'Of a campaign that rollouts start, a worker looks at the workload first: its next rollout is the first that starts a run.',
    access: 'operator',
    body: scheduleDocument,
    responses: { 201: { ...told, headers: location } },
    problems: ['invalid-document', 'schedule-exists', 'workload-not-found', 'workload-unreadable', 'worker-absent', 'worker-never-ran'],
    deadlineMs: writeDeadlineMs,
  },
  async ({ body, authorize, caller }, context) => {
    const saved = parseDocument(body);
    authorize(placesOf(saved));
    const { onRollout } = saved.triggers;
    const seen = onRollout === null ? null : await readBaseline(context.client, onRollout);
    if (!(await takingTimes(() => createSchedule(context.client, saved, { seen, savedBy: nameOf(caller) })))) {
      const detail = `A saved campaign of the name ${saved.name} exists: PUT /v1/schedules/${saved.name} replaces it.`;
      throw new Problem(409, 'schedule-exists', 'There is one of this name', detail);
    }
    const resource = withDocument(await find(context, saved.name), linkBase(context));
    return { status: 201, headers: { Location: resource.links.self }, body: resource };
  },
);

export const listSchedulesRoute = declareRoute(
  {
    method: 'get',
    path: '/v1/schedules',
    operationId: 'listSchedules',
    tag: 'schedules',
    summary: 'The saved campaigns, by name; of them those that the caller may read',
    access: 'viewer',
    scope: 'service',
    responses: { 200: { description: 'All of them', content: { 'application/json': scheduleList } } },
  },
  async ({ caller }, context) => {
    const all = await listSchedules(context.client);
    const readable = all.filter(({ saved }) => placesOf(saved).every((place) => isAuthorized(caller, 'viewer', place)));
    return { status: 200, body: { schedules: readable.map((stored) => scheduleResource(stored, linkBase(context))) } };
  },
);

export const readScheduleRoute = declareRoute(
  {
    method: 'get',
    path: '/v1/schedules/{name}',
    operationId: 'readSchedule',
    tag: 'schedules',
    summary: 'One saved campaign, with its document',
    access: 'viewer',
    params,
    responses: { 200: told },
    problems: ['schedule-not-found'],
  },
  async ({ params: { name }, authorize }, context) => {
    const stored = await find(context, name);
    authorize(placesOf(stored.saved));
    return { status: 200, body: withDocument(stored, linkBase(context)) };
  },
);

export const replaceScheduleRoute = declareRoute(
  {
    method: 'put',
    path: '/v1/schedules/{name}',
    operationId: 'replaceSchedule',
    tag: 'schedules',
    summary: 'Save a campaign, in the place of the one of its name if there is one',
    description: 'What was seen of the workload is kept where it is the same workload: a rollout under way starts its run still.',
    access: 'operator',
    params,
    body: scheduleDocument,
    responses: { 200: told, 201: { ...told, headers: location } },
    problems: ['invalid-document', 'workload-not-found', 'workload-unreadable', 'worker-absent', 'worker-never-ran'],
    deadlineMs: writeDeadlineMs,
  },
  async ({ params: { name }, body, authorize, caller }, context) => {
    const { client } = context;
    const saved = parseDocument(body);
    if (saved.name !== name)
      throw invalid([{ path: 'metadata.name', found: JSON.stringify(saved.name), expected: `${name}, as the path has it` }]);
    const before = await readSchedule(client, name);
    authorize([...placesOf(saved), ...(before === undefined ? [] : placesOf(before.saved))]);
    const beside = { seen: await seenOf(context, saved, before), savedBy: nameOf(caller) };
    const isNew = before === undefined || !(await takingTimes(() => replaceSchedule(client, saved, beside)));
    if (isNew) await takingTimes(() => createSchedule(client, saved, beside));
    const resource = withDocument(await find(context, name), linkBase(context));
    return isNew ? { status: 201, headers: { Location: resource.links.self }, body: resource } : { status: 200, body: resource };
  },
);

export const deleteScheduleRoute = declareRoute(
  {
    method: 'delete',
    path: '/v1/schedules/{name}',
    operationId: 'deleteSchedule',
    tag: 'schedules',
    summary: 'Delete a saved campaign; its runs go on, and are kept',
    access: 'operator',
    params,
    responses: { 204: { description: 'It is gone' } },
    problems: ['schedule-not-found'],
  },
  async ({ params: { name }, authorize }, context) => {
    authorize(placesOf((await find(context, name)).saved));
    if (!(await deleteSchedule(context.client, name))) throw notFound(name);
    return { status: 204 };
  },
);

export const pauseScheduleRoute = switchRoute({
  verb: 'pause',
  summary: 'Pause a saved campaign: neither times, rollouts nor its webhook start it, and nothing is made up for',
  done: 'paused',
  act: pauseSchedule,
});

export const resumeScheduleRoute = switchRoute({
  verb: 'resume',
  summary: 'Resume a saved campaign',
  done: 'resumed',
  act: resumeSchedule,
});

interface Switch {
  verb: 'pause' | 'resume';
  summary: string;
  /** in the note that Temporal's Web UI shows beside the schedule */
  done: string;
  /** false: there is none of this name */
  act: (client: Client, name: string, note: string) => Promise<boolean>;
}

function switchRoute({ verb, summary, done, act }: Switch) {
  return declareRoute(
    {
      method: 'post',
      path: `/v1/schedules/{name}/${verb}`,
      operationId: `${verb}Schedule`,
      tag: 'schedules',
      summary,
      access: 'operator',
      params,
      body: pauseBody,
      responses: { 200: told },
      problems: ['schedule-not-found'],
    },
    async ({ params: { name }, body, authorize, caller }, context) => {
      authorize(placesOf((await find(context, name)).saved));
      const note = `${done} by ${requireActor(caller, body.actor)}${body.reason ? `: ${body.reason}` : ''}`;
      if (!(await act(context.client, name, note))) throw notFound(name);
      return { status: 200, body: withDocument(await find(context, name), linkBase(context)) };
    },
  );
}

export const triggerScheduleRoute = declareRoute(
  {
    method: 'post',
    path: '/v1/schedules/{name}/trigger',
    operationId: 'triggerSchedule',
    tag: 'schedules',
    summary: 'Start a run of a saved campaign now, also of one that is paused',
    access: 'operator',
    params,
    headers: idempotencyHeaders,
    responses: { 202: { description: 'The run', headers: location, content: { 'application/json': triggered } } },
    problems: ['schedule-not-found', 'invalid-idempotency-key', 'worker-never-ran'],
  },
  async ({ params: { name }, headers, authorize, caller }, context) => {
    const { saved } = await find(context, name);
    authorize(placesOf(saved));
    const by = actorOf(caller, undefined);
    const key = headers['idempotency-key'];
    const cause = key === undefined ? null : `key ${parseIdempotencyKey(key)}`;
    return start(context, saved, cause, { trigger: 'manual', startedBy: `schedule ${name}${by === undefined ? '' : `: ${by}`}` });
  },
);

export const callTrigger = declareRoute(
  {
    method: 'post',
    path: '/v1/triggers/{name}',
    operationId: 'callTrigger',
    tag: 'schedules',
    summary: 'The webhook of a saved campaign: starts a run, once for each cause',
    description:
      'What the same cause is: what has one `Idempotency-Key`, else one alert of Alertmanager as long as it fires, one revision that Flux tells of, one `key` in the body, one delivery of a signed webhook. Any other call starts a run.',
    access: 'operator',
    params,
    headers: idempotencyHeaders,
    body: jsonBody(z.unknown(), { limit: webhookLimit }),
    responses: {
      200: { description: 'It tells of nothing that starts a run', content: { 'application/json': ignored } },
      202: { description: 'The run', headers: location, content: { 'application/json': triggered } },
    },
    problems: ['schedule-not-found', 'webhook-not-declared', 'schedule-paused', 'invalid-idempotency-key', 'worker-never-ran'],
  },
  async ({ params: { name }, headers, body, authorize, caller }, context) => {
    const { saved, paused } = await find(context, name);
    authorize(placesOf(saved));
    if (!saved.triggers.webhook) {
      const detail = `Saved campaign ${name} does not declare a webhook: spec.triggers.webhook: true does.`;
      throw new Problem(404, 'webhook-not-declared', 'It has no webhook', detail);
    }
    const told = webhookCause(body);
    if (told.kind === 'ignore') return { status: 200, body: { ignored: told.reason } };
    if (paused) throw new Problem(409, 'schedule-paused', 'It is paused', `Saved campaign ${name} is paused; nothing was started.`);
    const key = headers['idempotency-key'];
    const delivery = caller.delivery === undefined ? null : `delivery ${caller.name} ${caller.delivery}`;
    const cause = key === undefined ? (told.key ?? delivery) : `key ${parseIdempotencyKey(key)}`;
    const by = caller.identified ? ` (${caller.name})` : '';
    return start(context, saved, cause, { trigger: 'webhook', startedBy: `schedule ${name}: ${told.said}${by}` });
  },
);

/** @param cause null: one of its own */
async function start(
  context: ApiContext,
  saved: SavedCampaign,
  cause: string | null,
  by: Parameters<typeof startSavedRun>[3],
): Promise<{ status: 202; headers: { Location: string }; body: z.input<typeof triggered> }> {
  const { client, metrics } = context;
  const id = cause === null ? `${saved.name}-${randomToken()}` : runIdOfCause(saved.name, cause);
  const isNew = await startSavedRun(client, saved, id, by);
  if (isNew) metrics.runsStarted.inc({ operation: 'trigger' });
  const run = runResource(await describeRun(client, id), linkBase(context));
  return { status: 202, headers: { Location: run.links.self }, body: { run, isNew } };
}

/** Every place that it reaches, and where the workload is whose rollouts start it. */
function placesOf({ campaign, triggers: { onRollout } }: SavedCampaign): Place[] {
  return [...placesOfCampaign(campaign), ...(onRollout === null ? [] : [{ cluster: onRollout.cluster, namespace: onRollout.namespace }])];
}

async function seenOf({ client }: ApiContext, saved: SavedCampaign, before: StoredCampaign | undefined): Promise<StoredCampaign['seen']> {
  const { onRollout } = saved.triggers;
  if (onRollout === null) return null;
  const isSame = JSON.stringify(onRollout) === JSON.stringify(before?.saved.triggers.onRollout);
  return isSame && before?.seen ? before.seen : readBaseline(client, onRollout);
}

async function find({ client }: ApiContext, name: string): Promise<StoredCampaign> {
  const stored = /^[a-z0-9-]{1,63}$/.test(name) ? await readSchedule(client, name) : undefined;
  if (stored === undefined) throw notFound(name);
  return stored;
}

async function takingTimes<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof RefusedTimesError)) throw error;
    throw invalid([{ path: 'spec.triggers', found: error.message, expected: 'times that Temporal takes' }]);
  }
}

/** @throws Problem 422 with every mistake in the document */
function parseDocument(text: string): SavedCampaign {
  const result = parseSchedule(text);
  if (result.ok) return result.schedule;
  throw invalid(result.problems);
}

function invalid(errors: object[]): Problem {
  const detail = `The document has ${errors.length === 1 ? 'one mistake' : `${errors.length} mistakes`}; each is in errors.`;
  return new Problem(422, 'invalid-document', 'The document is not a campaign squall can save', detail, { members: { errors } });
}

function notFound(name: string): Problem {
  return new Problem(
    404,
    'schedule-not-found',
    'There is no such schedule',
    `No saved campaign has the name ${JSON.stringify(name.slice(0, 100))}.`,
  );
}

function nameOf({ identified, name }: Principal): string | null {
  return identified ? name : null;
}

function linkBase({ client, uiUrl }: ApiContext): LinkBase {
  return { namespace: client.options.namespace, uiUrl };
}
