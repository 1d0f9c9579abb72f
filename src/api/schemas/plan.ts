import { z } from 'zod';
import type { Campaign } from '../../contracts/campaign.ts';
import type { Inventory, Plan, PlannedDashboard, PlannedExperiment, Target } from '../../contracts/plan.ts';
import { opaque } from './opaque.ts';
import { permission } from './permission.ts';

export const warning = z
  .object({
    code: z.string().meta({ example: 'alias-used' }),
    path: z.string(),
    line: z.number().exactOptional(),
    message: z.string(),
  })
  .meta({ id: 'Warning', description: 'Something accepted that the author of the document should know of' });

export const refusal = z
  .object({ code: z.string().meta({ example: 'not-replicated' }), subject: z.string(), message: z.string() })
  .meta({ id: 'Refusal', description: 'Why a run may not start' });

export const target = opaque<Target>('A pod, a node or an object: `kind` says which').meta({ id: 'Target' });

export const dashboard = opaque<PlannedDashboard>(
  'how many queries of a dashboard of its preflight have data, and which panels may have none',
);

const plannedExperiment = opaque<PlannedExperiment>(
  'an experiment: `spec` with its effective parameters, `hypothesis`, `targets`, and `inject` and `undo`, which say what will be done',
);

/** What a run of a campaign would do. Only its outline is told here: the rest of it follows the language. */
export const plan = z
  .object({
    campaign: opaque<Campaign>('the document as it was understood, every default applied'),
    seed: z.string(),
    inventory: opaque<Inventory>('what was seen of the workload'),
    others: z.array(opaque<NonNullable<Plan['others']>[number]>('the part of the plan that is about another cluster')).exactOptional(),
    ownWorkers: z.array(z.string()).exactOptional().meta({ description: 'its clusters that have workers of their own' }),
    experiments: z.array(plannedExperiment),
    permissions: z.array(permission),
    dashboards: z.array(dashboard).exactOptional(),
    warnings: z.array(warning),
    refusals: z.array(refusal).meta({ description: 'empty: the run may start' }),
  })
  .meta({ id: 'Plan' }) satisfies z.ZodType<Plan>;
