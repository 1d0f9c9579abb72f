import type { ProbeSpec, Warning } from '../contracts/campaign.ts';
import type { Permission, Plan, PlannedDashboard, PlanPart, Refusal } from '../contracts/plan.ts';
import { planParts } from '../contracts/plan-parts.ts';
import { errorMessage } from '../error-message.ts';
import { isClusterScoped } from '../kubernetes/permissions.ts';
import { openProbe } from '../probes/open-probe.ts';
import { queryPrometheus } from '../probes/prometheus.ts';
import type { Dependencies } from './dependencies.ts';
import { preflightDashboards } from './preflight-dashboards.ts';
import { probeContext } from './probe-context.ts';

/**
 * What only the cluster and its metrics can say of a plan: rights, and data behind every query. Nothing is touched.
 *
 * @param isHere whether a cluster is asked from here; absent: all are
 */
export async function preflight(
  plan: Plan,
  deps: Dependencies,
  signal: AbortSignal,
  isHere: (cluster: string) => boolean = () => true,
): Promise<{ refusals: Refusal[]; warnings: Warning[]; dashboards: PlannedDashboard[] }> {
  const own = { target: plan.campaign.target, permissions: plan.permissions };
  const placesHere = [own, ...(plan.others ?? [])].filter(({ target }) => isHere(target.cluster));
  const partsHere = planParts(plan).filter(({ inventory }) => isHere(inventory.cluster));
  const [rights, queries, stops, boards, warnings] = await Promise.all([
    Promise.all(placesHere.map((part) => missingRights(part, deps, signal))),
    Promise.all(planParts(plan).map((part) => queriesWithoutData(part, deps, signal, isHere))),
    stopConditionsMet(plan, deps, signal, isHere),
    isHere(plan.campaign.target.cluster) ? preflightDashboards(plan, deps, signal) : { refusals: [], dashboards: [] },
    Promise.all(partsHere.map((part) => redisMetrics(part, deps, signal))),
  ]);
  const refusals = [...rights.flat(), ...queries.flat(), ...stops, ...boards.refusals];
  return { refusals, warnings: warnings.flat(), dashboards: boards.dashboards };
}

async function missingRights(
  { target, permissions }: Pick<PlanPart, 'target' | 'permissions'>,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Refusal[]> {
  const missing = await deps.cluster(target.cluster).missingPermissions(target.namespace, permissions, signal);
  return missing.map((permission) => ({
    code: 'missing-permission',
    subject: isClusterScoped(permission) ? `cluster ${target.cluster}` : `namespace ${target.namespace}`,
    message: `squall may not ${permission.verbs.join(', ')} ${resource(permission)}: the campaign's faults need it`,
  }));
}

function resource({ apiGroup, resource, subresource }: Permission): string {
  const name = subresource === undefined ? resource : `${resource}/${subresource}`;
  return apiGroup === '' ? name : `${name}.${apiGroup}`;
}

/** A judged query without data would be a false alarm or a false pass. */
async function queriesWithoutData(
  plan: Plan,
  deps: Dependencies,
  signal: AbortSignal,
  isHere: (cluster: string) => boolean,
): Promise<Refusal[]> {
  const home = plan.campaign.target.cluster;
  const probes = new Map(
    plan.experiments
      .flatMap(({ hypothesis }) => hypothesis.filter((probe) => probe.type === 'prometheus' && isHere(probe.place?.cluster ?? home)))
      .map((probe) => [probe.name, probe]),
  );
  const results = await Promise.all(
    [...probes.values()].map(async (spec) => {
      await using probe = await openProbe(spec, probeContext(plan, deps, signal, spec.place), { election: null });
      const sample = await probe.sample(signal);
      return sample.value === undefined
        ? { code: 'metric-without-data', subject: `probe ${spec.name}`, message: sample.error ?? 'no data' }
        : undefined;
    }),
  );
  return results.filter((refusal) => refusal !== undefined);
}

/** A stop condition that is met before any fault, or that nobody can measure, would end the run, or never end it. */
async function stopConditionsMet(
  plan: Plan,
  deps: Dependencies,
  signal: AbortSignal,
  isHere: (cluster: string) => boolean,
): Promise<Refusal[]> {
  const results = await Promise.all(
    (plan.campaign.stopConditions ?? []).map(async (condition): Promise<Refusal[]> => {
      if (!('probe' in condition) || !isHere(condition.probe.place?.cluster ?? plan.campaign.target.cluster)) return [];
      const subject = `stop condition ${condition.name}`;
      const { sample, unopened } = await sampleOnce(condition.probe, plan, deps, signal);
      if (sample?.ok) return [];
      const { comparator, value } = condition.probe.tolerance ?? {};
      if (sample?.value === undefined) return [{ code: 'metric-without-data', subject, message: unopened ?? sample?.error ?? 'no data' }];
      return [
        {
          code: 'stop-condition-met',
          subject,
          message: `it is met before any fault: ${sample.value}, where ${comparator} ${value} must hold`,
        },
      ];
    }),
  );
  return results.flat();
}

async function sampleOnce(spec: ProbeSpec, plan: Plan, deps: Dependencies, signal: AbortSignal) {
  try {
    await using probe = await openProbe(spec, probeContext(plan, deps, signal, spec.place), { election: null });
    return { sample: await probe.sample(signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { unopened: errorMessage(error) };
  }
}

/** A dashboard over metrics that nobody scrapes looks calm during any chaos. */
async function redisMetrics(plan: Plan, deps: Dependencies, signal: AbortSignal): Promise<Warning[]> {
  const { application, cluster, namespace, pods } = plan.inventory;
  const { prometheusUrl } = deps.ofCluster(cluster);
  if (application === null || prometheusUrl === null) return [];
  const path = `namespace ${namespace}`;
  try {
    const series = await queryPrometheus(prometheusUrl, `redis_connected_clients{namespace="${namespace}"}`, signal);
    const silent = pods.filter((pod) => !series.some(({ labels }) => labels.pod === pod.name));
    if (silent.length === 0) return [];
    const list = silent.map((pod) => pod.name).join(', ');
    return [
      {
        code: 'metric-without-data',
        path,
        message: `Prometheus has no redis_connected_clients of ${list}: dashboards and alerts over it would not see this chaos`,
      },
    ];
  } catch (error) {
    signal.throwIfAborted();
    return [{ code: 'prometheus-unreachable', path, message: errorMessage(error) }];
  }
}
