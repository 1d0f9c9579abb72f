import { type Response, Router } from 'express';
import type { ApiContext } from '../context.ts';
import { documentBody, readDocument } from '../document.ts';
import { methodNotAllowed } from '../handle.ts';
import { makePlan } from '../make-plan.ts';
import { readQuery, seedQuery } from '../query.ts';
import { randomToken } from '../run-id.ts';

export function planRoutes({ client, closing }: ApiContext): Router {
  const router = Router();
  router
    .route('/plans')
    .post(...documentBody, async (req, res: Response) => {
      const { seed } = readQuery(req, seedQuery);
      const { campaign } = readDocument(req);
      // A run without a seed chooses by its id, which no plan can know; with the plan's seed it chooses as planned.
      res.json(await makePlan(client, { campaign, seed: seed ?? campaign.seed ?? randomToken() }, closing));
    })
    .all(methodNotAllowed('POST'));
  return router;
}
