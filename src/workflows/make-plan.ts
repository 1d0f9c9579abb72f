import { ApplicationFailure } from '@temporalio/workflow';
import type { TargetsRead } from '../contracts/activities.ts';
import { failureTypes } from '../contracts/names.ts';
import type { Plan } from '../contracts/plan.ts';
import type { PlanFound, PlanInput } from '../contracts/run.ts';
import { type Elsewhere, type Served, sitesOf } from '../contracts/served.ts';
import { reading } from './activity-options.ts';
import { isNotTakenUp } from './failure-message.ts';
import { at } from './task-queues.ts';

/** Whoever waits for a plan waits for little more than this. */
const scheduleToStartTimeout = '15s';

/** Has the plan made by whoever serves the campaign's clusters: the workers here say whether others do. */
export async function makePlan(input: PlanInput, summary: string): Promise<Plan> {
  const answer = await reading.makePlan.executeWithOptions({ summary }, [input]);
  if (!('elsewhere' in answer)) return answer;
  const { ownWorkers, clusters } = answer.elsewhere;
  const sites = sitesOf(clusters, answer.elsewhere);
  const [site = []] = sites;
  if (sites.length > 1) return planOf({ ...input, ownWorkers, found: await findOut(input, sites, answer) }, summary, [], { ownWorkers });
  return planOf({ ...input, ownWorkers }, summary, site, { ownWorkers });
}

async function planOf(input: PlanInput, summary: string, site: string[], served: Served): Promise<Plan> {
  const plan = await onSite(site, served, (options) => reading.makePlan.executeWithOptions({ summary, ...options }, [input]));
  if ('elsewhere' in plan) throw new TypeError(`${site.join(', ')}: those who are asked for a plan say that others make it`);
  return plan;
}

/** What it takes to plan in clusters of which nobody serves all: each is read by who does, and asked for what only it can say of the plan. */
async function findOut({ campaign, seed }: PlanInput, sites: string[][], { elsewhere }: Elsewhere): Promise<PlanFound> {
  const { name } = campaign;
  const read = await everywhere(sites, elsewhere, (clusters, options) => {
    const summary = `what is there for ${name}: ${clusters.join(', ')}`;
    return reading.readTargets.executeWithOptions({ summary, ...options }, [{ campaign, clusters }]);
  });
  const nothing: PlanFound = { draft: null, refusals: read.flatMap(({ refusals }) => refusals), warnings: [], dashboards: [] };
  if (nothing.refusals.length > 0) return nothing;
  const inventories: TargetsRead['inventories'] = read.flatMap((one) => one.inventories);
  const draft = await reading.draftPlan.executeWithOptions({ summary: `what ${name} would do` }, [{ campaign, seed, inventories }]);
  if (draft.refusals.length > 0) return { ...nothing, draft };
  const asked = await everywhere(sites, elsewhere, (clusters, options) => {
    const summary = `may it be done: ${clusters.join(', ')}`;
    return reading.preflightPlan.executeWithOptions({ summary, ...options }, [{ plan: draft, clusters }]);
  });
  return {
    draft,
    refusals: asked.flatMap(({ refusals }) => refusals),
    warnings: asked.flatMap(({ warnings }) => warnings),
    dashboards: asked.flatMap(({ dashboards }) => dashboards),
  };
}

function everywhere<T>(
  sites: string[][],
  served: Served,
  ask: (clusters: string[], options: ReturnType<typeof at>) => Promise<T>,
): Promise<T[]> {
  return Promise.all(sites.map((clusters) => onSite(clusters, served, (options) => ask(clusters, options))));
}

/** That nobody does it is told by the cluster's name. */
async function onSite<T>([cluster = '']: string[], served: Served, ask: (options: ReturnType<typeof at>) => Promise<T>): Promise<T> {
  const options = at(cluster, served);
  try {
    return await ask(options.taskQueue === undefined ? options : { ...options, scheduleToStartTimeout });
  } catch (error) {
    if (!(error instanceof Error && isNotTakenUp(error))) throw error;
    const message = `no worker of cluster ${cluster} answers: it has workers of its own, each started with SQUALL_WORKER_CLUSTER=${cluster}`;
    throw ApplicationFailure.create({ type: failureTypes.workerAbsent, message, nonRetryable: true, cause: error });
  }
}
