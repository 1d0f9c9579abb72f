import { campaignDocument } from '../body.ts';
import { parseDocument } from '../document.ts';
import { makePlan } from '../make-plan.ts';
import { placesOfCampaign } from '../places.ts';
import { declareRoute } from '../route.ts';
import { randomToken } from '../run-id.ts';
import { plan } from '../schemas/plan.ts';
import { seedQuery } from './seed-query.ts';

export const createPlan = declareRoute(
  {
    method: 'post',
    path: '/v1/plans',
    operationId: 'createPlan',
    tag: 'plans',
    summary: 'What a run of the document would do, and what forbids it',
    description:
      'A worker looks at the workload and touches nothing. Nothing is kept: a plan without a seed draws one, with which a run does as planned.',
    access: 'viewer',
    query: seedQuery,
    body: campaignDocument,
    responses: { 200: { description: 'The plan', content: { 'application/json': plan } } },
    problems: ['invalid-document', 'plan-refused', 'plan-failed', 'plan-timeout', 'worker-absent'],
    deadlineMs: null,
  },
  async ({ query: { seed }, body, authorize, signal }, context) => {
    const campaign = parseDocument(body, context);
    authorize(placesOfCampaign(campaign));
    // A run without a seed chooses by its id, which no plan can know; with the plan's seed it chooses as planned.
    const made = await makePlan(context.client, { campaign, seed: seed ?? campaign.seed ?? randomToken() }, signal);
    return { status: 200, body: made };
  },
);
