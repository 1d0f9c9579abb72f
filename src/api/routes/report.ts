import { Router } from 'express';
import { renderText } from '../../report/text.ts';
import type { ApiContext } from '../context.ts';
import { handle, methodNotAllowed } from '../handle.ts';
import { Problem } from '../problem.ts';
import { readRunEnd } from '../report.ts';
import { describeRun, isRunning } from '../run-resource.ts';

const mediaTypes = ['application/json', 'text/plain'];

export function reportRoutes({ client }: ApiContext): Router {
  const router = Router();
  router
    .route('/runs/:id/report')
    .get(
      handle(client, async (req, res) => {
        const mediaType = req.accepts(mediaTypes);
        if (mediaType === false) {
          const detail = `Accept: found ${req.get('accept')}, expected one of ${mediaTypes.join(', ')}.`;
          throw new Problem(406, 'not-acceptable', 'Not acceptable', detail);
        }
        const run = await describeRun(client, req.params.id);
        if (isRunning(run)) {
          const detail = `Run ${run.workflowId} goes on; its report is made when it ends.`;
          throw new Problem(409, 'run-in-progress', 'The run goes on', detail, { headers: { 'Retry-After': '5' } });
        }
        const { report, closing } = await readRunEnd(client, run);
        if (report === null) {
          const detail = `Run ${run.workflowId} ended without a report: ${closing?.message ?? closing?.ending ?? 'its history does not say why'}.`;
          throw new Problem(404, 'no-report', 'There is no report', detail);
        }
        res.vary('Accept');
        if (mediaType === 'text/plain') res.type('text/plain').send(renderText(report));
        else res.json(report);
      }),
    )
    .all(methodNotAllowed('GET'));
  return router;
}
