import { exceededBudgets } from '../arbiter/budgets.ts';
import type { Campaign, ExperimentSpec, ProbePlace, ProbeSpec, Warning } from '../contracts/campaign.ts';
import { type Inventory, type Plan, type PlannedExperiment, type Refusal, targetName } from '../contracts/plan.ts';
import { experimentsOf } from '../contracts/targets.ts';
import { findFault } from '../faults/declarations.ts';
import type { FaultDeclaration } from '../faults/definition.ts';
import { type ClusterPolicy, defaultClusterPolicy } from '../policy/cluster-policy.ts';
import { availabilityRefusals } from './availability.ts';
import { blastRadiusRefusals, optInRefusals } from './blast-radius.ts';
import { chooseTargets } from './choose-targets.ts';
import { defaultHypothesis, takesPrimaryAway, wouldTakePrimaryAway } from './default-hypothesis.ts';
import { holdScope } from './hold-scope.ts';
import { overlapRefusals } from './overlap.ts';
import { mergePermissions, readingBudgets, readingPermissions } from './permissions.ts';
import { probeDestinationRefusals } from './probe-destinations.ts';
import { findProbeType } from './probe-types.ts';
import { takesPodsAway } from './reached-pods.ts';
import type { SelectablePod } from './selection.ts';
import { servicePolicyRefusals } from './service-policy.ts';
import { electionRefusals, isReplicated, steadyStateRefusals } from './steady-state.ts';

interface Draft {
  planned: PlannedExperiment;
  chosen: SelectablePod[];
  refusals: Refusal[];
  warnings: Warning[];
}

/** What a probe that looks elsewhere finds there, by the place as it is written. */
export type Elsewhere = (place: ProbePlace) => Inventory;

/**
 * What a run of the campaign would do to this inventory, and every reason why it may not, but for what other runs do. Pure: the
 * same campaign, inventory, seed and policy of the service make the same plan. Throws TypeError for a fault or a probe no catalogue has.
 *
 * @param elsewhere absent: what probes look at elsewhere is not looked into, as for what only asks for the targets
 */
export function makePlan(
  campaign: Campaign,
  inventory: Inventory,
  seed: string,
  policy: ClusterPolicy = defaultClusterPolicy(),
  elsewhere?: Elsewhere,
): Plan {
  const specs = experimentsOf(campaign.steps);
  const drafts = specs.map((spec) => planExperiment(spec, campaign, inventory, seed, elsewhere));
  const experiments = drafts.map(({ planned }) => planned);
  const targets = drafts.flatMap(({ chosen }) => chosen);
  return {
    campaign,
    seed,
    inventory,
    experiments,
    permissions: planPermissions(campaign, inventory, experiments),
    warnings: [...campaign.warnings, ...drafts.flatMap(({ warnings }) => warnings), ...gateWarnings(campaign, experiments)],
    refusals: [
      ...refusalsOf(inventory, drafts, [...steadyStateRefusals(inventory), ...optInRefusals(targets, campaign.policy)]),
      ...overlapRefusals(campaign, experiments),
      ...servicePolicyRefusals(campaign, inventory, experiments, policy),
      ...probeDestinationRefusals(campaign, experiments, policy),
      ...availabilityRefusals(campaign, inventory, experiments, policy),
      ...budgetRefusals(campaign, inventory, experiments, policy),
    ],
  };
}

/** Budgets of the service that the campaign exceeds by itself; those of disruption have been told already. */
function budgetRefusals(campaign: Campaign, inventory: Inventory, experiments: PlannedExperiment[], { limits }: ClusterPolicy): Refusal[] {
  return exceededBudgets(holdScope({ campaign, inventory, experiments }), limits, [])
    .map(({ refusal }) => refusal)
    .filter(({ code }) => code === 'budget');
}

/** Causes first; what only follows from a cause is left out. */
function refusalsOf(inventory: Inventory, drafts: Draft[], ofWorkload: Refusal[]): Refusal[] {
  if (inventory.pods.length === 0) return [noPods(inventory)];
  const unreplicated = ofWorkload.some(({ code }) => code === 'not-replicated');
  const ofExperiments = drafts.flatMap(({ refusals }) => refusals);
  return [...ofWorkload, ...ofExperiments.filter(({ code }) => !unreplicated || !needsReplication.includes(code))];
}

function noPods({ namespace, selector, labelsNearby = [] }: Inventory): Refusal {
  const others = labelsNearby.length === 0 ? 'there are no other pods there' : `pods there have ${labelsNearby.join(', ')}`;
  const message = `no running pod in namespace ${namespace} matches ${selector || 'an empty selector'}; ${others}`;
  return { code: 'no-pods', subject: namespace, message };
}

const needsReplication = ['no-sentinel', 'no-quorum'];

function planExperiment(
  spec: ExperimentSpec,
  campaign: Campaign,
  inventory: Inventory,
  seed: string,
  elsewhere: Elsewhere | undefined,
): Draft {
  const fault = findFault(spec.fault)?.fault;
  if (fault === undefined) throw new TypeError(`experiment ${spec.name}: no fault ${spec.fault} in the catalogue`);
  const selected = chooseTargets(spec, fault, campaign, inventory, seed);
  const { chosen, targets } = selected.ok ? selected : { chosen: [], targets: [] };
  const hypothesis = effectiveHypothesis(spec, campaign, fault, chosen, inventory);
  const described = { parameters: spec.parameters, durationMs: spec.durationMs, targets: targets.map(targetName) };
  const refusals = selected.ok ? targetRefusals(spec, fault, chosen, inventory, campaign) : [selected.refusal];
  return {
    planned: {
      spec,
      cluster: inventory.cluster,
      hypothesis: elsewhere === undefined ? hypothesis : hypothesis.map((probe) => placed(probe, elsewhere)),
      targets,
      inject: selected.ok ? fault.describeInject(described) : 'nothing: refused',
      holds: fault.holds,
      undo: selected.ok ? fault.describeUndo(described) : 'nothing: refused',
    },
    chosen,
    refusals: [...refusals, ...probeRefusals(spec, hypothesis, inventory, elsewhere)],
    warnings: selected.ok ? electionWarnings(spec, fault, chosen, hypothesis, inventory) : [],
  };
}

function effectiveHypothesis(
  spec: ExperimentSpec,
  campaign: Campaign,
  fault: FaultDeclaration,
  chosen: SelectablePod[],
  inventory: Inventory,
): ProbeSpec[] {
  if (spec.hypothesis !== undefined) return spec.hypothesis;
  // a hypothesis for all experiments speaks of elections where there are some
  const election = takesPrimaryAway(spec, fault, chosen, inventory.application);
  const applicable = campaign.hypothesis.filter(({ when }) => election || when !== 'recovery');
  return applicable.length > 0 ? applicable : defaultHypothesis(spec, fault, chosen, inventory.application);
}

function targetRefusals(
  spec: ExperimentSpec,
  fault: FaultDeclaration,
  chosen: SelectablePod[],
  inventory: Inventory,
  { policy }: Campaign,
): Refusal[] {
  const { application, pods } = inventory;
  const { container } = spec.selection;
  const without = container === undefined ? [] : chosen.filter(({ containers }) => !containers.includes(container));
  return [
    ...applicationRefusals(spec, fault, inventory),
    ...blastRadiusRefusals(spec.name, chosen, pods.length, policy),
    ...without.map(({ name, containers }) => ({
      code: 'no-such-container',
      subject: spec.name,
      message: `${name} has no container ${container}; it has ${containers.join(', ')}`,
    })),
    ...(isReplicated(application) && takesPrimaryAway(spec, fault, chosen, application) ? electionRefusals(spec.name, application) : []),
  ];
}

/** A fault of redis has nothing to act on elsewhere. */
function applicationRefusals(spec: ExperimentSpec, { name, application: needed }: FaultDeclaration, { application }: Inventory): Refusal[] {
  if (needed === undefined || needed === application?.kind) return [];
  const message = `${name} acts on ${needed}, and no pod of the target is known to be ${needed}`;
  return [{ code: 'fault-not-applicable', subject: spec.name, message }];
}

/** A probe with all of its place that its type needs. */
export function placed(probe: ProbeSpec, elsewhere: Elsewhere): ProbeSpec {
  const { place } = probe;
  if (place === undefined || findProbeType(probe.type)?.looksAt !== 'pods') return probe;
  const { cluster, namespace, selector } = elsewhere(place);
  return { ...probe, place: { cluster, namespace, selector } };
}

/** A probe of redis can't measure what isn't. */
function probeRefusals(spec: ExperimentSpec, hypothesis: ProbeSpec[], inventory: Inventory, elsewhere: Elsewhere | undefined): Refusal[] {
  return hypothesis.flatMap(({ name, type, place }) => {
    const probeType = findProbeType(type);
    if (probeType === undefined) throw new TypeError(`probe ${name}: no type ${type} in the catalogue`);
    const { looksAt, application: needed } = probeType;
    const looked = place === undefined || looksAt !== 'pods' ? inventory : elsewhere?.(place);
    if (needed === null || looked === undefined || needed === looked.application?.kind) return [];
    const what = place === undefined ? 'the target' : `${looked.selector} in namespace ${looked.namespace} of cluster ${looked.cluster}`;
    return [
      {
        code: 'probe-not-applicable',
        subject: spec.name,
        message: `probe ${name} measures redis, and no pod of ${what} is known to be redis`,
      },
    ];
  });
}

function electionWarnings(
  spec: ExperimentSpec,
  fault: FaultDeclaration,
  chosen: SelectablePod[],
  hypothesis: ProbeSpec[],
  { application }: Inventory,
): Warning[] {
  if (!isReplicated(application) || takesPrimaryAway(spec, fault, chosen, application)) return [];
  const path = `experiment ${spec.name}`;
  const warnings: Warning[] = [];
  const named =
    spec.selection.names !== undefined &&
    wouldTakePrimaryAway(spec, fault, application) &&
    chosen.every(({ role }) => role === 'redis-replica');
  if (named) {
    const pods = chosen.map(({ name }) => name).join(', ');
    const message = `${pods} ${chosen.length === 1 ? 'is a replica' : 'are replicas'} now: no election will happen`;
    warnings.push({ code: 'no-election', path, message });
  } else if (hypothesis.some(({ type }) => type === 'redis-leader-election')) {
    const message = 'no primary is taken away as of now: the election its hypothesis measures will not happen';
    warnings.push({ code: 'no-election', path, message });
  }
  return warnings;
}

export function gateWarnings({ gate }: Pick<Campaign, 'gate'>, experiments: PlannedExperiment[]): Warning[] {
  const scored = experiments.some(({ hypothesis }) => hypothesis.some(({ tolerance, weight }) => tolerance !== undefined && weight > 0));
  if (gate === undefined || scored) return [];
  return [
    {
      code: 'nothing-to-score',
      path: 'spec.gate',
      message: 'no probe has a tolerance and a weight: there will be no score, and the gate will not be passed',
    },
  ];
}

/** Whether a plan of the campaign has to know of disruption budgets: it takes pods away, and does not ignore them. */
export function needsDisruptionBudgets({ steps, policy }: Pick<Campaign, 'steps' | 'policy'>): boolean {
  return policy.ignoreDisruptionBudgets !== true && experimentsOf(steps).some(takesPodsAway);
}

/** The probes of its stop conditions. */
function watched({ stopConditions = [] }: Campaign): ProbeSpec[] {
  return stopConditions.flatMap((condition) => ('probe' in condition ? [condition.probe] : []));
}

function planPermissions(campaign: Campaign, inventory: Inventory, experiments: PlannedExperiment[]) {
  const { target } = campaign;
  // post-chaos validation asks redis itself, whatever the hypothesis
  const validation = inventory.application === null ? [] : (findProbeType('redis-replication')?.permissions ?? []);
  return mergePermissions([
    ...readingPermissions(target),
    ...(needsDisruptionBudgets(campaign) ? [readingBudgets] : []),
    ...validation,
    ...experiments.flatMap(({ spec }) => {
      const fault = findFault(spec.fault)?.fault;
      return fault?.permissionsFor?.(spec.parameters) ?? fault?.permissions ?? [];
    }),
    // Those that look elsewhere need nothing here.
    ...[...experiments.flatMap(({ hypothesis }) => hypothesis), ...watched(campaign)].flatMap(({ type, place }) =>
      place === undefined ? (findProbeType(type)?.permissions ?? []) : [],
    ),
  ]);
}
