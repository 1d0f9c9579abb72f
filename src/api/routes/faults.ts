import { Router } from 'express';
import { faultDeclarations, findFault } from '../../faults/declarations.ts';
import { describeFault } from '../../faults/describe-fault.ts';
import { faultExpected } from '../../faults/fault-expected.ts';
import { methodNotAllowed } from '../handle.ts';
import { Problem } from '../problem.ts';

/** The catalogue, from the declarations the language itself is read by. */
export function faultRoutes(): Router {
  const router = Router();
  router
    .route('/faults')
    .get((_req, res) => {
      res.json({ faults: faultDeclarations.map(describeFault) });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/faults/:name')
    .get((req, res) => {
      const found = findFault(req.params.name);
      if (found === undefined) {
        const detail = `There is no fault ${JSON.stringify(req.params.name)}; expected ${faultExpected(req.params.name)}.`;
        throw new Problem(404, 'no-such-fault', 'No such fault', detail);
      }
      res.json(describeFault(found.fault));
    })
    .all(methodNotAllowed('GET'));
  return router;
}
