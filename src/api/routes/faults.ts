import { z } from 'zod';
import { faultDeclarations, findFault } from '../../faults/declarations.ts';
import { describeFault } from '../../faults/describe-fault.ts';
import { faultExpected } from '../../faults/fault-expected.ts';
import { Problem } from '../problem.ts';
import { declareRoute } from '../route.ts';
import { fault } from '../schemas/fault.ts';

// The catalogue, from the declarations the language itself is read by.

export const listFaults = declareRoute(
  {
    method: 'get',
    path: '/v1/faults',
    operationId: 'listFaults',
    tag: 'faults',
    summary: 'The catalogue of faults: parameters, defaults, rights, an example',
    access: 'viewer',
    scope: 'service',
    responses: { 200: { description: 'Every fault', content: { 'application/json': z.object({ faults: z.array(fault) }) } } },
  },
  async () => ({ status: 200, body: { faults: faultDeclarations.map(describeFault) } }),
);

export const readFault = declareRoute(
  {
    method: 'get',
    path: '/v1/faults/{name}',
    operationId: 'readFault',
    tag: 'faults',
    summary: 'One fault of the catalogue',
    access: 'viewer',
    scope: 'service',
    params: z.object({ name: z.string().meta({ description: 'its name, or an alias of it', example: 'pod-network-latency' }) }),
    responses: { 200: { description: 'The fault', content: { 'application/json': fault } } },
    problems: ['no-such-fault'],
  },
  async ({ params: { name } }) => {
    const found = findFault(name);
    if (found !== undefined) return { status: 200, body: describeFault(found.fault) };
    const detail = `There is no fault ${JSON.stringify(name)}; expected ${faultExpected(name)}.`;
    throw new Problem(404, 'no-such-fault', 'No such fault', detail);
  },
);
