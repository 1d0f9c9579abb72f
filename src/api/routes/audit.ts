import type { Response } from 'express';
import { readAudit } from '../audit/read-audit.ts';
import { readHistory } from '../history.ts';
import { placeOfRun } from '../places.ts';
import { declareRoute } from '../route.ts';
import { runChain } from '../run-chain.ts';
import { describeRun } from '../run-resource.ts';
import { auditRecord } from '../schemas/audit.ts';
import { sendLines } from '../send-lines.ts';
import { runParams } from './run-params.ts';

export const readAuditRoute = declareRoute(
  {
    method: 'get',
    path: '/v1/runs/{id}/audit',
    operationId: 'readAudit',
    tag: 'runs',
    summary: "A run's audit so far: who did what, when, with which parameters, and what came of it",
    description:
      "One JSON object a line, in the order of time, from Temporal's histories of the run and of its experiments, however often they continued as new.",
    access: 'viewer',
    params: runParams,
    responses: { 200: { description: 'Records, one a line', content: { 'application/x-ndjson': auditRecord } } },
    problems: ['run-not-found'],
  },
  async ({ params, authorize, signal }, { client }) => {
    const run = await describeRun(client, params.id);
    authorize([placeOfRun(run)]);
    const chain = await runChain(client, run);
    const records = readAudit(chain, (execution) => readHistory(client, execution, signal));
    return { status: 200, type: 'application/x-ndjson' as const, stream: (res: Response) => sendLines(res, records, signal) };
  },
);
