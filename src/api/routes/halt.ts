import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { haltFields, liftFields } from '../../control/halt-request.ts';
import { clustersOf, haltClusters, liftClusters, readClusters } from '../../control/kill-switch.ts';
import { requireActor } from '../actor.ts';
import type { Place } from '../auth/authorize.ts';
import { jsonBody } from '../body.ts';
import { declareRoute } from '../route.ts';
import { haltState } from '../schemas/halt.ts';
import { location } from '../schemas/headers.ts';
import { optionalActor } from '../schemas/steering.ts';

const limit = '16kb';
const cluster = z.string({ error: 'one name' }).optional().meta({ description: 'absent: every cluster', example: 'default' });
const told = { headers: location, content: { 'application/json': haltState } };
const haltBody = jsonBody(haltFields.extend({ actor: optionalActor }).meta({ id: 'HaltRequest' }), { limit, anonymous: haltFields });
const liftBody = jsonBody(liftFields.extend({ actor: optionalActor }).meta({ id: 'LiftRequest' }), { limit, anonymous: liftFields });

// The kill switch: thrown, looked at, lifted.

export const readHalt = declareRoute(
  {
    method: 'get',
    path: '/v1/halt',
    operationId: 'readHalt',
    tag: 'halt',
    summary: 'By cluster: who halted it and when each run was undone, which runs hold what, which wait',
    access: 'viewer',
    query: z.strictObject({ cluster }),
    responses: { 200: { description: 'The clusters', content: { 'application/json': haltState } } },
  },
  async ({ query, authorize }, { client, clusters: configured }) => {
    const clusters = await clustersOf(client, configured, query.cluster);
    authorize(whole(clusters));
    return { status: 200, body: await state(client, clusters) };
  },
);

export const halt = declareRoute(
  {
    method: 'post',
    path: '/v1/halt',
    operationId: 'halt',
    tag: 'halt',
    summary: 'Throw the kill switch: every run is stopped and undone, and new ones are refused until it is lifted',
    access: 'admin',
    body: haltBody,
    responses: { 202: { description: 'It is in the history, and takes effect as soon as a worker runs', ...told } },
  },
  async ({ body, authorize, caller }, { client, clusters: configured }) => {
    const clusters = await clustersOf(client, configured, body.cluster);
    authorize(whole(clusters));
    await haltClusters(client, clusters, { actor: requireActor(caller, body.actor), reason: body.reason });
    // Who is stopped, and when each is undone, is told by a GET.
    return { status: 202, headers: { Location: '/v1/halt' }, body: await state(client, clusters) };
  },
);

export const liftHalt = declareRoute(
  {
    method: 'delete',
    path: '/v1/halt',
    operationId: 'liftHalt',
    tag: 'halt',
    summary: 'Lift the kill switch',
    access: 'admin',
    body: liftBody,
    responses: { 202: { description: 'It is in the history', ...told } },
  },
  async ({ body, authorize, caller }, { client, clusters: configured }) => {
    const clusters = await clustersOf(client, configured, body.cluster);
    authorize(whole(clusters));
    const { reason } = body;
    await liftClusters(client, clusters, { actor: requireActor(caller, body.actor), ...(reason !== undefined && { reason }) });
    return { status: 202, headers: { Location: '/v1/halt' }, body: await state(client, clusters) };
  },
);

/** The kill switch of a cluster reaches every namespace of it. */
function whole(clusters: readonly string[]): Place[] {
  return clusters.map((name) => ({ cluster: name, namespace: null }));
}

async function state(client: Client, clusters: string[]): Promise<z.input<typeof haltState>> {
  const all = await readClusters(client, clusters);
  return {
    clusters: all.map(({ cluster: name, arbiter }) => ({
      cluster: name,
      halt: arbiter?.halt ?? null,
      holds: arbiter?.holds ?? [],
      queue: arbiter?.queue ?? [],
    })),
  };
}
