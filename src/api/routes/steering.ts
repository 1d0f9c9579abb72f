import type { Client } from '@temporalio/client';
import { type Response, Router } from 'express';
import type { UpdateInputs, UpdateName } from '../../contracts/control.ts';
import { type RequestName, readRequest, requests } from '../../control/requests.ts';
import { defaultAcceptMs, readStatus, type SteerOptions, steer } from '../../control/steer.ts';
import type { ApiContext } from '../context.ts';
import { handle, methodNotAllowed } from '../handle.ts';
import { parseIdempotencyKey } from '../idempotency.ts';
import { jsonBody } from '../json-body.ts';
import { Problem } from '../problem.ts';
import { noQuery, readQuery } from '../query.ts';
import { describeRun } from '../run-resource.ts';
import { declaredWebhook, reasonOfAlert } from '../stop-webhook.ts';

const bodyLimit = '64kb';
/** Alertmanager groups alerts: a notification may carry many. */
const alertLimit = '1mb';

/** How people, and what watches from outside, steer a run: each request is an update of its workflow, in its history with who asked. */
export function steeringRoutes({ client }: ApiContext): Router {
  const router = Router();
  for (const name of Object.keys(requests) as RequestName[]) {
    router
      .route(`/runs/:id/${name}`)
      .post(
        ...jsonBody(bodyLimit),
        handle(client, async (req, res) => {
          readQuery(req, noQuery);
          const read = readRequest(name, req.body);
          if (!read.ok) {
            const detail = read.mistakes.map(({ path, found, expected }) => `${path || 'the body'}: found ${found}, expected ${expected}`);
            throw new Problem(422, 'invalid-body', 'The body is not what is expected', `${detail.join('; ')}.`, {
              members: { errors: read.mistakes },
            });
          }
          await answerUpdate(client, res, req.params.id, requests[name], read.input, updateIdOf(req.get('idempotency-key')));
        }),
      )
      .all(methodNotAllowed('POST'));
  }

  router
    .route('/runs/:id/status')
    .get(
      handle(client, async (req, res) => {
        readQuery(req, noQuery);
        const seen = await readStatus(client, req.params.id);
        if (seen.outcome === 'seen') res.json(seen.status);
        else if (seen.outcome === 'not-found') throw notFound(req.params.id);
        else if (seen.outcome === 'unanswered') throw workerAbsent('The status is told by a worker, and none answered within 5 s.');
        else throw new Problem(409, 'not-steerable', 'The run cannot be steered', `Run ${req.params.id} is of an older release of squall.`);
      }),
    )
    .all(methodNotAllowed('GET'));

  router
    .route('/runs/:id/stop-conditions/:name')
    .post(
      ...jsonBody(alertLimit),
      handle<'name'>(client, async (req, res) => {
        readQuery(req, noQuery);
        const run = await describeRun(client, req.params.id);
        const name = await declaredWebhook(client, run, req.params.name);
        const reason = reasonOfAlert(req.body);
        if (reason === null) {
          res.json({ ignored: 'none of the alerts is firing' });
          return;
        }
        const input = { actor: `webhook ${name}`, reason: `stop condition ${name}: ${reason}` };
        await answerUpdate(client, res, req.params.id, 'abort', input, updateIdOf(req.get('idempotency-key')));
      }),
    )
    .all(methodNotAllowed('POST'));
  return router;
}

async function answerUpdate<Name extends UpdateName>(
  client: Client,
  res: Response,
  id: string,
  name: Name,
  input: UpdateInputs[Name],
  options: SteerOptions,
): Promise<void> {
  const steered = await steer(client, id, name, input, options);
  switch (steered.outcome) {
    case 'done':
      res.json(steered.status);
      return;
    case 'accepted':
      // It is in the history: it will be done. How far it is, the status says.
      res.status(202).location(`/v1/runs/${id}/status`).json({ accepted: true });
      return;
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

/** A request that is repeated with its key takes effect once. */
function updateIdOf(header: string | undefined): SteerOptions {
  return header === undefined ? {} : { updateId: parseIdempotencyKey(header) };
}

function notFound(id: string): Problem {
  return new Problem(404, 'run-not-found', 'There is no such run', `No run has the id ${JSON.stringify(id.slice(0, 255))}.`);
}

function workerAbsent(detail: string): Problem {
  return new Problem(503, 'worker-absent', 'No worker answers', detail, { headers: { 'Retry-After': '5' } });
}
