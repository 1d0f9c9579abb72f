import type { Client } from '@temporalio/client';
import type { Comparison } from '../contracts/comparison.ts';
import { compareReports } from '../report/compare/compare-reports.ts';
import type { Place } from './auth/authorize.ts';
import { placeOfRun } from './places.ts';
import { Problem } from './problem.ts';
import { readEndedRun } from './read-ended-run.ts';
import { readRunInput } from './run-input.ts';
import { describeRun } from './run-resource.ts';

/**
 * A run, seen from an earlier one of the same campaign.
 *
 * @throws Problem 404, 409
 */
export async function compareRuns(
  client: Client,
  ids: { before: string; after: string },
  authorize: (places: readonly Place[]) => void,
): Promise<Comparison> {
  const runs = await Promise.all([ids.before, ids.after].map((id) => describeRun(client, id)));
  authorize(runs.map(placeOfRun));
  const [before, after] = await Promise.all(
    runs.map(async (run) => {
      const [report, { campaign }] = await Promise.all([readEndedRun(client, run), readRunInput(client, run)]);
      return { report, campaign };
    }),
  );
  if (before === undefined || after === undefined) throw new Error('compare: found fewer than two runs, expected two');
  const [first, second] = [before.report.campaign, after.report.campaign];
  if (first === second) return compareReports(before, after);
  const detail = `Run ${ids.before} is of campaign ${first}, run ${ids.after} of ${second}; expected two runs of one campaign.`;
  throw new Problem(409, 'not-comparable', 'The runs cannot be compared', detail);
}
