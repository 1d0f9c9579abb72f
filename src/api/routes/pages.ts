import { z } from 'zod';
import { experimentsOf } from '../../contracts/targets.ts';
import { browserModule } from '../../pages/browser-modules.ts';
import { comparisonPart } from '../../pages/comparison-part.ts';
import { endedPart, livePart } from '../../pages/run-part.ts';
import { runsPart } from '../../pages/runs-part.ts';
import { type ScoredRun, scoreChart } from '../../pages/score-chart.ts';
import { pageHeaders, shell } from '../../pages/shell.ts';
import { isAuthorized } from '../auth/authorize.ts';
import type { Principal } from '../auth/principal.ts';
import { compareRuns } from '../compare-runs.ts';
import type { ApiContext } from '../context.ts';
import { type ListQuery, largestLimit, listQuery } from '../list-query.ts';
import { listRuns } from '../list-runs.ts';
import { placeOfRun, placesOfCampaign } from '../places.ts';
import { Problem } from '../problem.ts';
import { readRunEnd } from '../report.ts';
import { declareRoute, type Route } from '../route.ts';
import { readRunInput } from '../run-input.ts';
import { describeRun, isRunning, type LinkBase, type RunResource, runResource } from '../run-resource.ts';
import { phase, verdict } from '../schemas/run.ts';
import { runParams } from './run-params.ts';

// A browser that opens a page sends no key. So the page itself is nobody's, and says nothing; its script asks for what is on it.

const headers = z.object({
  'Content-Security-Policy': z.string(),
  'Referrer-Policy': z.string(),
  'Cross-Origin-Opener-Policy': z.string(),
});
const html = (description: string) => ({ 200: { description, content: { 'text/html': z.string() } } });

const shellRoutes: Route[] = (
  [
    ['/', 'readFrontPage', 'The page of all runs'],
    ['/runs', 'readRunsPage', 'The page of all runs, with its filters: those of the list of runs'],
    ['/runs/{id}', 'readRunPage', 'The page of a run: followed while it goes on, then its report'],
    ['/compare', 'readComparePage', 'The page of two runs side by side: `a` and `b`'],
  ] as const
).map(([path, operationId, summary]) =>
  declareRoute(
    {
      method: 'get',
      path,
      operationId,
      tag: 'pages',
      summary,
      access: 'open',
      ...(path === '/runs/{id}' && { params: runParams }),
      // They are for what is on the page, and read with it.
      query: z.looseObject({}),
      responses: { 200: { description: 'The page, with nothing on it yet', headers, content: { 'text/html': z.string() } } },
    },
    async () => ({ status: 200, headers: pageHeaders, type: 'text/html' as const, body: shell }),
  ),
);

const readAsset = declareRoute(
  {
    method: 'get',
    path: '/assets/{file}',
    operationId: 'readAsset',
    tag: 'pages',
    summary: 'A script of the pages',
    access: 'open',
    params: z.object({ file: z.string().meta({ example: 'pages.browser.main.js' }) }),
    responses: { 200: { description: 'The script', content: { 'text/javascript': z.string() } } },
    problems: ['not-found'],
  },
  async ({ params: { file } }) => {
    const body = browserModule(file);
    if (body === undefined) throw new Problem(404, 'not-found', 'Not found', `The pages have no ${JSON.stringify(file.slice(0, 200))}.`);
    return { status: 200, type: 'text/javascript' as const, body };
  },
);

const readRunsPart = declareRoute(
  {
    method: 'get',
    path: '/parts/runs',
    operationId: 'readRunsPart',
    tag: 'pages',
    summary: 'What is on the page of all runs',
    access: 'viewer',
    scope: 'service',
    query: listQuery,
    responses: html('Markup'),
    problems: ['invalid-cursor', 'worker-never-ran'],
  },
  async ({ query, caller }, context) => {
    const [page, chart] = await Promise.all([
      listRuns(context.client, query, linkBase(context), caller),
      readScores(context, query, caller).then(scoreChart),
    ]);
    const choices = { phase: phase.options, verdict: verdict.options };
    return { status: 200, type: 'text/html' as const, body: runsPart({ page, query, choices, chart, now: Date.now() }) };
  },
);

const readRunPart = declareRoute(
  {
    method: 'get',
    path: '/parts/runs/{id}',
    operationId: 'readRunPart',
    tag: 'pages',
    summary: 'What is on the page of a run',
    access: 'viewer',
    params: runParams,
    responses: html('Markup'),
    problems: ['run-not-found'],
  },
  async ({ params, authorize, caller }, context) => {
    const { client } = context;
    const found = await describeRun(client, params.id);
    authorize([placeOfRun(found)]);
    const run = runResource(found, linkBase(context));
    if (!isRunning(found)) {
      const [{ report }, before] = await Promise.all([readRunEnd(client, found), runBefore(context, run, caller)]);
      return { status: 200, type: 'text/html' as const, body: await endedPart(run, report, before, context) };
    }
    const { campaign } = await readRunInput(client, found);
    const everywhere = [placeOfRun(found), ...placesOfCampaign(campaign)];
    const allowed = {
      stop: isAuthorized(caller, 'operator', placeOfRun(found)),
      resume: everywhere.every((place) => isAuthorized(caller, 'operator', place)),
      approve: everywhere.every((place) => isAuthorized(caller, 'approver', place)),
    };
    const experiments = experimentsOf(campaign.steps);
    return { status: 200, type: 'text/html' as const, body: livePart({ run, experiments, allowed, asksForName: !caller.identified }) };
  },
);

const readComparisonPart = declareRoute(
  {
    method: 'get',
    path: '/parts/compare',
    operationId: 'readComparePart',
    tag: 'pages',
    summary: 'What is on the page of two runs side by side',
    access: 'viewer',
    query: z.strictObject({
      a: z.string({ error: 'the id of a run' }).meta({ description: 'the earlier run', example: 'redis-resilience-test-a7m2q4kd' }),
      b: z.string({ error: 'the id of a run' }).meta({ description: 'the later run', example: 'redis-resilience-test-k3v9x2mp' }),
    }),
    responses: html('Markup'),
    problems: ['run-not-found', 'run-in-progress', 'no-report', 'not-comparable'],
  },
  async ({ query: { a, b }, authorize }, { client }) => ({
    status: 200,
    type: 'text/html' as const,
    body: comparisonPart(await compareRuns(client, { before: a, after: b }, authorize)),
  }),
);

export const pageRoutes: Route[] = [...shellRoutes, readAsset, readRunsPart, readRunPart, readComparisonPart];

/** Of the runs that are listed, the latest that have a score. */
async function readScores(context: ApiContext, query: ListQuery, caller: Principal): Promise<ScoredRun[]> {
  const { cursor: _, ...filters } = query;
  const scored = { ...filters, scoreMin: query.scoreMin ?? 0, limit: largestLimit };
  const { runs } = await listRuns(context.client, scored, linkBase(context), caller);
  return runs.flatMap(({ campaign, score, endedAt }) =>
    campaign === null || score === null || endedAt === null ? [] : [{ campaign, score, endedAt }],
  );
}

/** The run of the same campaign that ended last before this one; null: there is none that has a score or a verdict. */
async function runBefore(context: ApiContext, run: RunResource, caller: Principal): Promise<RunResource | null> {
  if (run.campaign === null || run.endedAt === null) return null;
  const query = { campaign: run.campaign, endedBefore: run.endedAt, limit: 5 };
  const { runs } = await listRuns(context.client, query, linkBase(context), caller);
  return runs.find(({ id, verdict: found }) => id !== run.id && found !== null) ?? null;
}

function linkBase({ client, uiUrl }: ApiContext): LinkBase {
  return { namespace: client.options.namespace, uiUrl };
}
