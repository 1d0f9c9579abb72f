import { Router } from 'express';
import type { ApiContext } from '../context.ts';
import { methodNotAllowed } from '../handle.ts';
import { Problem } from '../problem.ts';

/** Whether the process lives, and whether it can do its work: these two need no key. */
export function healthRoutes({ client, closing }: ApiContext): Router {
  const router = Router();
  router
    .route('/livez')
    .get((_req, res) => {
      res.type('text/plain').send('ok\n');
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/readyz')
    .get(async (_req, res) => {
      if (closing.aborted) throw new Problem(503, 'shutting-down', 'Shutting down', 'This process is ending.');
      const { namespace } = client.options;
      await client.withDeadline(Date.now() + 2_000, () => client.workflowService.describeNamespace({ namespace }));
      res.type('text/plain').send('ok\n');
    })
    .all(methodNotAllowed('GET'));
  return router;
}
