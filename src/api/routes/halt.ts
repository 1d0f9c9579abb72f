import { Router } from 'express';
import { z } from 'zod';
import { type ReadHalt, readHaltRequest, readLiftRequest } from '../../control/halt-request.ts';
import { clustersOf, haltClusters, liftClusters, readClusters } from '../../control/kill-switch.ts';
import type { ApiContext } from '../context.ts';
import { handle, methodNotAllowed } from '../handle.ts';
import { jsonBody } from '../json-body.ts';
import { Problem } from '../problem.ts';
import { noQuery, readQuery } from '../query.ts';

const bodyLimit = '16kb';
const clusterQuery = z.strictObject({ cluster: z.string({ error: 'one name' }).optional() });

/** The kill switch: thrown, looked at, lifted. */
export function haltRoutes({ client, clusters: configured }: ApiContext): Router {
  const router = Router();
  const state = async (clusters: string[]) => {
    const all = await readClusters(client, clusters);
    return {
      clusters: all.map(({ cluster, arbiter }) => ({
        cluster,
        halt: arbiter?.halt ?? null,
        holds: arbiter?.holds ?? [],
        queue: arbiter?.queue ?? [],
      })),
    };
  };
  router
    .route('/halt')
    .get(
      handle(client, async (req, res) => {
        const { cluster } = readQuery(req, clusterQuery);
        res.json(await state(await clustersOf(client, configured, cluster)));
      }),
    )
    .post(
      ...jsonBody(bodyLimit),
      handle(client, async (req, res) => {
        readQuery(req, noQuery);
        const { cluster, ...abort } = accepted(readHaltRequest(req.body));
        const clusters = await clustersOf(client, configured, cluster);
        await haltClusters(client, clusters, abort);
        // Who is stopped, and when each is undone, is told by a GET.
        res
          .status(202)
          .location('/v1/halt')
          .json(await state(clusters));
      }),
    )
    .delete(
      ...jsonBody(bodyLimit),
      handle(client, async (req, res) => {
        readQuery(req, noQuery);
        const { cluster, ...asked } = accepted(readLiftRequest(req.body));
        const clusters = await clustersOf(client, configured, cluster);
        await liftClusters(client, clusters, asked);
        res
          .status(202)
          .location('/v1/halt')
          .json(await state(clusters));
      }),
    )
    .all(methodNotAllowed('GET, POST, DELETE'));
  return router;
}

/** @throws Problem 422 with every mistake */
function accepted<T>(read: ReadHalt<T>): T {
  if (read.ok) return read.request;
  const detail = read.mistakes.map(({ path, found, expected }) => `${path || 'the body'}: found ${found}, expected ${expected}`);
  throw new Problem(422, 'invalid-body', 'The body is not what is expected', `${detail.join('; ')}.`, {
    members: { errors: read.mistakes },
  });
}
