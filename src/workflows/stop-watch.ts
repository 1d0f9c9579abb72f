import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { StopTrip, WatchInput } from '../contracts/activities.ts';
import type { Plan } from '../contracts/plan.ts';
import { watching } from './activity-options.ts';
import type { CampaignControl } from './campaign-control.ts';
import { failureMessage } from './failure-message.ts';
import { probesBySite } from './observe-at.ts';
import { observationsAt } from './task-queues.ts';

/** One activity's longest watch, so that the history shows at least this often that somebody looked. */
const windowMs = 3_600_000;

/** Runs the body while the campaign's stop conditions are watched: the first that trips aborts the run. */
export async function underWatch<T>(plan: Plan, control: CampaignControl, body: () => Promise<T>): Promise<T> {
  const { stopConditions = [] } = plan.campaign;
  const conditions = stopConditions.flatMap((condition) => ('probe' in condition ? [condition] : []));
  if (conditions.length === 0) return body();
  const scope = new CancellationScope();
  const watch = scope
    .run(() => Promise.race(conditionsBySite(plan, conditions).map((site) => firstTrip(plan, site))))
    .then(
      (trip) => {
        if (trip !== null) control.abort({ actor: `stop condition ${trip.condition}`, reason: trip.seen });
      },
      (error: unknown) => {
        if (isCancellation(error)) return;
        log.error('the stop conditions cannot be watched', { error: String(error) });
        control.abort({ actor: 'squall', reason: `the stop conditions cannot be watched: ${failureMessage(error)}` });
      },
    );
  try {
    return await body();
  } finally {
    scope.cancel();
    await watch;
  }
}

/** Each is watched by those who serve the cluster it looks into. */
function conditionsBySite(plan: Plan, conditions: WatchInput['conditions']): SiteConditions[] {
  const sites = probesBySite(
    conditions.map(({ probe }) => probe),
    plan.campaign.target.cluster,
    plan,
  );
  return sites.flatMap(({ cluster, probes }) => {
    const there = conditions.filter(({ probe }) => probes.includes(probe));
    return there.length === 0 ? [] : [{ cluster, conditions: there }];
  });
}

interface SiteConditions {
  cluster: string;
  conditions: WatchInput['conditions'];
}

async function firstTrip(plan: Plan, { cluster, conditions }: SiteConditions): Promise<StopTrip | null> {
  const summary = `watch ${conditions.map(({ name }) => name).join(', ')}`;
  for (;;) {
    const trip = await watching.watchStopConditions.executeWithOptions({ summary, ...observationsAt(cluster, plan) }, [
      { campaign: plan.campaign, inventory: plan.inventory, conditions, until: Date.now() + windowMs },
    ]);
    if (trip !== null || CancellationScope.current().consideredCancelled) return trip;
  }
}
