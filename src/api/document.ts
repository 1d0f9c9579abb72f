import { parseCampaign } from '../campaign/parse.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { ApiContext } from './context.ts';
import { Problem } from './problem.ts';

/** @throws Problem 422 with every mistake in the document, clusters that nobody knows among them */
export function parseDocument(document: string, { knownClusters: clusters }: Pick<ApiContext, 'knownClusters'>): Campaign {
  const result = parseCampaign(document, { clusters });
  if (result.ok) return result.campaign;
  const { problems } = result;
  const detail = `The document has ${problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`}; each is in errors.`;
  throw new Problem(422, 'invalid-document', 'The document is not a campaign squall can run', detail, { members: { errors: problems } });
}
