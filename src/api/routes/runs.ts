import { WorkflowNotFoundError } from '@temporalio/client';
import { type Request, type Response, Router } from 'express';
import type { RunInput } from '../../contracts/run.ts';
import type { ApiContext } from '../context.ts';
import { documentBody, parseDocument, readDocument } from '../document.ts';
import { handle, methodNotAllowed } from '../handle.ts';
import { firstPayload, readFirstEvent } from '../history.ts';
import { parseIdempotencyKey } from '../idempotency.ts';
import { listQuery, listRuns } from '../list-runs.ts';
import { Problem } from '../problem.ts';
import { noQuery, readQuery, seedQuery } from '../query.ts';
import { requestIdOf } from '../request-id.ts';
import { describeRun, isRunning, type LinkBase, runResource } from '../run-resource.ts';
import { type StartRequest, startRun } from '../start-run.ts';

export function runRoutes(context: ApiContext): Router {
  const { client, metrics } = context;
  const base: LinkBase = { namespace: client.options.namespace, uiUrl: context.uiUrl };
  const router = Router();

  router
    .route('/runs')
    .post(
      ...documentBody,
      handle(client, async (req, res) => {
        const { seed = null } = readQuery(req, seedQuery);
        await start(req, res, { ...readDocument(req), seed, retryOf: null });
      }),
    )
    .get(
      handle(client, async (req, res) => {
        res.json(await listRuns(client, readQuery(req, listQuery), base));
      }),
    )
    .all(methodNotAllowed('GET, POST'));

  router
    .route('/runs/:id')
    .get(
      handle(client, async (req, res) => {
        readQuery(req, noQuery);
        res.json(runResource(await describeRun(client, req.params.id), base));
      }),
    )
    .all(methodNotAllowed('GET'));

  router
    .route('/runs/:id/cancel')
    .post(
      handle(client, async (req, res) => {
        const run = await describeRun(client, req.params.id);
        if (!isRunning(run)) throw ended(run.workflowId);
        try {
          await client.workflow.getHandle(run.workflowId, run.runId).cancel();
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) throw ended(run.workflowId);
          throw error;
        }
        const resource = runResource(run, base);
        res.status(202).location(resource.links.self).json(resource);
      }),
    )
    .all(methodNotAllowed('POST'));

  router
    .route('/runs/:id/retry')
    .post(
      handle(client, async (req, res) => {
        const run = await describeRun(client, req.params.id);
        if (isRunning(run)) {
          throw new Problem(409, 'run-in-progress', 'The run goes on', `Run ${run.workflowId} can be repeated when it has ended.`);
        }
        const first = await readFirstEvent(client, run);
        const input = firstPayload<RunInput>(first?.workflowExecutionStartedEventAttributes?.input);
        if (input === undefined) throw new Error(`run ${run.workflowId} has no input in its history`);
        const seed = input.seed ?? input.campaign.seed ?? run.workflowId;
        await start(req, res, {
          document: input.document,
          campaign: parseDocument(input.document),
          seed,
          retryOf: run.workflowId,
        });
      }),
    )
    .all(methodNotAllowed('POST'));

  async function start(req: Request<{ id: string }>, res: Response, what: Omit<StartRequest, 'idempotencyKey' | 'requestId'>) {
    const header = req.get('idempotency-key');
    const idempotencyKey = header === undefined ? null : parseIdempotencyKey(header);
    const { description, isNew } = await startRun(client, { ...what, idempotencyKey, requestId: requestIdOf(res) });
    if (isNew) metrics.runsStarted.inc({ operation: what.retryOf === null ? 'create' : 'retry' });
    const resource = runResource(description, base);
    res
      .status(202)
      .location(resource.links.self)
      .json({ ...resource, warnings: what.campaign.warnings });
  }

  return router;
}

function ended(id: string): Problem {
  return new Problem(409, 'run-ended', 'The run has ended', `Run ${id} has ended already; there is nothing to cancel.`);
}
