import { z } from 'zod';
import type { ApprovalStep, CampaignTarget, ExperimentSpec, Policy, Repeat, Selection, WorkloadKind } from '../contracts/campaign.ts';
import { findFault } from '../faults/declarations.ts';
import type { FaultDeclaration } from '../faults/definition.ts';
import { faultExpected } from '../faults/fault-expected.ts';
import { isRecord, valueAt } from './document.ts';
import { checkedMapping, field, list, mapping, optional, parsePart, raise } from './fields.ts';
import { parseLabelSelector } from './label-selector.ts';
import { preflight } from './preflight.ts';
import { hypothesis } from './probe.ts';
import type { Path } from './problem.ts';
import { stopConditions } from './stop-condition.ts';
import { oneOf } from './suggest.ts';
import {
  bad,
  describe,
  good,
  type Parsed,
  parseBoolean,
  parseChoice,
  parseDuration,
  parseInteger,
  parseList,
  parseName,
  parseObjectName,
  parsePercent,
  parseText,
} from './units.ts';

export const apiVersion = 'squall.dev/v1';
export const kind = 'Campaign';

export const defaultRecoveryTimeoutMs = 180_000;
/** The longest a fault may hold; a worker, an agent and a person are expected to live that long. */
const maxDurationMs = 24 * 3_600_000;
const minDurationMs = 1000;
/** A change window may be days away. */
const longestApprovalMs = 30 * 24 * 3_600_000;
const longestCampaignMs = 90 * 24 * 3_600_000;
const mostRounds = 100_000;
const defaultApprovalMs = 3_600_000;

const workloadKinds: readonly WorkloadKind[] = ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Pod'];

/** An experiment as it is written: its name may be left to its fault, its fault be named by an alias, and its target be told in part. */
export type WrittenExperiment = Omit<ExperimentSpec, 'name' | 'target'> & {
  name?: string;
  alias?: string;
  cluster?: string;
  workload?: Partial<Omit<CampaignTarget, 'cluster'>>;
};
export type WrittenStep =
  | { kind: 'experiment'; experiment: WrittenExperiment }
  | { kind: 'parallel'; experiments: WrittenExperiment[] }
  | { kind: 'wait'; durationMs: number }
  | ApprovalStep;

/** Stands in for the target of a fault that has none to choose. */
const actsOnNoSelection = Symbol('no selection');

const duration = field((value) => parseDuration(value, { minMs: minDurationMs, maxMs: maxDurationMs }));
const labelSelector = field(parseLabelSelector);

const namespace = field((value) => parseName(value, 'default'));

const workloadKeys = {
  kind: field((value) => parseChoice(value, workloadKinds)).optional(),
  name: field((value) => parseObjectName(value, 'redis-leader')).optional(),
  selector: labelSelector.optional(),
};

const target = checkedMapping(
  { cluster: field((value) => parseText(value, 'default')).default('default'), namespace, ...workloadKeys },
  (given, context) => {
    const { name } = given;
    // a key that is there but wrong is not in `given`: it has its own problem
    if ('name' in given && 'selector' in given && name === undefined && given.selector === undefined) {
      raise(context, [], 'neither name nor selector', 'a workload, for example kind: StatefulSet and name: redis-leader');
    }
    if ('kind' in given && given.kind === undefined && name !== undefined) {
      raise(context, ['kind'], 'nothing', `the kind of ${name}, ${oneOf(workloadKinds)}`);
    }
  },
).transform(
  ({ cluster, namespace, kind, name, selector }): CampaignTarget => ({
    cluster,
    namespace,
    ...optional({ kind, name, selector }),
  }),
);

/** The workload of an experiment in another cluster: what it does not say is as in the campaign's target. */
const workload = checkedMapping({ namespace: namespace.optional(), ...workloadKeys }, ({ kind, name, selector }, context) => {
  if (kind !== undefined && name === undefined && selector === undefined)
    raise(context, ['kind'], 'a kind without name and selector', 'both a kind and a name, or a selector');
}).transform((given) => optional(given));

const policy = checkedMapping(
  {
    optIn: field((value) => parseChoice(value, ['none', 'squall', 'litmus'])).default('none'),
    maxTargets: field(parseMaxTargets).optional(),
    protectedPods: field((value) => parseList(value)).default([]),
    overlap: field((value) => parseChoice(value, ['refuse', 'queue'])).optional(),
    queueTimeout: duration.optional(),
    allowLastReady: field(parseBoolean).optional(),
    ignoreDisruptionBudgets: field(parseBoolean).optional(),
  },
  ({ overlap, queueTimeout }, context) => {
    if (queueTimeout !== undefined && overlap !== 'queue')
      raise(context, ['queueTimeout'], 'queueTimeout without overlap: queue', 'both, or none');
  },
).transform(
  ({ optIn, maxTargets, protectedPods, overlap, queueTimeout, allowLastReady, ignoreDisruptionBudgets }): Policy => ({
    optIn,
    ...maxTargets,
    protectedPods,
    ...optional({ overlap, queueTimeoutMs: queueTimeout, allowLastReady, ignoreDisruptionBudgets }),
  }),
);

const experimentTarget = checkedMapping(
  {
    role: field((value) => parseChoice(value, ['redis-primary', 'redis-replica'])).optional(),
    names: field((value) => parseList(value)).optional(),
    selector: labelSelector.optional(),
    nodes: field((value) => parseList(value, 'worker-1,worker-2')).optional(),
    nodeSelector: labelSelector.optional(),
    zones: field((value) => parseList(value, 'eu-west-1a')).optional(),
    count: field((value) => parseInteger(value, { min: 1 })).optional(),
    percent: field(parsePositivePercent).optional(),
    container: field((value) => parseName(value, 'redis')).optional(),
  },
  ({ names, count, percent }, context) => {
    if (count !== undefined && percent !== undefined) raise(context, ['percent'], 'percent beside count', 'either of them');
    if (names === undefined || (count ?? percent) === undefined) return;
    raise(context, [count === undefined ? 'percent' : 'count'], 'a choice beside names', 'either names, or a choice among pods');
  },
).transform((given): Selection => optional(given));

const experimentKeys = mapping({
  name: field((value) => parseName(value, 'kill-the-primary')).optional(),
  fault: z.unknown().optional(),
  cluster: field((value) => parseName(value, 'west')).optional(),
  workload: workload.optional(),
  target: z.unknown().transform((value, context): Selection => {
    if (value === 'all' || value === actsOnNoSelection) return {};
    if (isRecord(value) && Object.keys(value).length > 0) return parsePart(experimentTarget, value, context, []) ?? z.NEVER;
    raise(
      context,
      [],
      isRecord(value) ? 'an empty mapping' : describe(value),
      'the pods or nodes, for example { role: redis-primary }, or the word all',
    );
    return z.NEVER;
  }),
  parameters: z.unknown().optional(),
  duration: duration.optional(),
  recoveryTimeout: duration.default(defaultRecoveryTimeoutMs),
  hypothesis: hypothesis.optional(),
  onFailure: field((value) => parseChoice(value, ['continue', 'stop', 'pause'])).default('continue'),
  onRestart: field((value) => parseChoice(value, ['reestablish', 'end'])).default('reestablish'),
  repeatEvery: duration.optional(),
});

const experiment: z.ZodType<WrittenExperiment> = z.unknown().transform((value, context): WrittenExperiment => {
  if (!isRecord(value)) {
    raise(context, [], describe(value), 'a mapping with the fault of the experiment');
    return z.NEVER;
  }
  const found = typeof value.fault === 'string' ? findFault(value.fault) : undefined;
  if (found === undefined) raise(context, ['fault'], describe(value.fault), faultExpected(value.fault));
  const selects = found === undefined || found.fault.targets === 'pods' || found.fault.targets === 'nodes';
  if (!selects && value.target !== undefined && value.target !== 'all') {
    raise(context, ['target'], describe(value.target), `nothing: ${found.fault.name} acts on ${actsOn(found.fault)}`);
  }
  const keys = parsePart(experimentKeys, selects ? value : { ...value, target: actsOnNoSelection }, context, []);
  if (found === undefined) return z.NEVER;
  const { fault, alias } = found;
  if (!fault.needsContainer && isRecord(value.target) && value.target.container !== undefined) {
    raise(context, ['target', 'container'], 'a container', `none: ${fault.name} acts on whole pods`);
  }
  const parameters = parsePart(fault.parameters.schema, value.parameters === undefined ? {} : value.parameters, context, ['parameters']);
  if (keys === undefined || parameters === undefined) return z.NEVER;
  const { repeatEvery } = keys;
  if (repeatEvery !== undefined && fault.holds) {
    raise(context, ['repeatEvery'], 'repeatEvery', `nothing: ${fault.name} holds for its whole duration`);
  }
  const { role } = keys.target;
  if (role !== undefined && !fault.roles.includes(role)) raise(context, ['target', 'role'], role, oneOf(fault.roles));
  return {
    fault: fault.name,
    selection: keys.target,
    parameters,
    durationMs: keys.duration ?? fault.defaultDurationMs,
    recoveryTimeoutMs: keys.recoveryTimeout,
    onFailure: keys.onFailure,
    onRestart: keys.onRestart,
    ...optional({
      name: keys.name,
      cluster: keys.cluster,
      workload: keys.workload,
      hypothesis: keys.hypothesis,
      alias: alias && `${alias.name}: ${alias.note}`,
      repeatEveryMs: repeatEvery,
    }),
  };
});

const repeat = checkedMapping(
  {
    times: field((value) => parseInteger(value, { min: 2, max: mostRounds })).optional(),
    for: field((value) => parseDuration(value, { minMs: minDurationMs, maxMs: longestCampaignMs })).optional(),
    pause: field((value) => parseDuration(value, { maxMs: longestCampaignMs })).default(0),
  },
  (given, context) => {
    if ('times' in given && 'for' in given && given.times === undefined && given.for === undefined) {
      raise(context, [], 'neither times nor for', 'how often, for example times: 10, or how long, for example for: 8h');
    }
  },
).transform((given): Repeat => ({ pauseMs: given.pause, ...optional({ times: given.times, forMs: given.for }) }));

const parallelStep: z.ZodType<WrittenExperiment> = mapping({ experiment }).transform((written) => written.experiment);

const approval = mapping({
  name: field((value) => parseName(value, 'go-on')).default('approval'),
  timeout: field((value) => parseDuration(value, { minMs: minDurationMs, maxMs: longestApprovalMs })).default(defaultApprovalMs),
  onTimeout: field((value) => parseChoice(value, ['abort', 'continue'])).default('abort'),
}).transform(({ name, timeout, onTimeout }): ApprovalStep => ({ kind: 'approval', name, timeoutMs: timeout, onTimeout }));

const step: z.ZodType<WrittenStep> = z.unknown().transform((value, context): WrittenStep => {
  const keys = isRecord(value) ? Object.keys(value) : [];
  const [key] = keys;
  if (keys.length === 1 && key === 'experiment') {
    return { kind: 'experiment', experiment: parsePart(experiment, valueAt(value, [key]), context, [key]) ?? z.NEVER };
  }
  if (keys.length === 1 && key === 'parallel') {
    const together = parsePart(list(parallelStep, { min: 2 }), valueAt(value, [key]), context, [key]);
    return together === undefined ? z.NEVER : { kind: 'parallel', experiments: together };
  }
  if (keys.length === 1 && key === 'wait') {
    return { kind: 'wait', durationMs: parsePart(duration, valueAt(value, [key]), context, [key]) ?? z.NEVER };
  }
  if (keys.length === 1 && key === 'approval') return parsePart(approval, valueAt(value, [key]), context, [key]) ?? z.NEVER;
  const found = keys.length === 0 ? describe(value) : `the ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`;
  raise(context, [], found, 'a step: one of experiment, parallel, wait and approval');
  return z.NEVER;
});

/** The whole document; its apiVersion and kind were read before. */
export const campaignDocument = mapping({
  apiVersion: z.unknown().optional(),
  kind: z.unknown().optional(),
  metadata: mapping({ name: field((value) => parseName(value, 'redis-failover')) }),
  spec: mapping({
    target,
    policy: policy.prefault({}),
    hypothesis: hypothesis.default([]),
    stopConditions: stopConditions.optional(),
    preflight: preflight.optional(),
    steps: z.unknown().transform((value, context): WrittenStep[] => {
      raiseNamesTwice(value, context);
      return parsePart(list(step, { min: 1 }), value, context, []) ?? z.NEVER;
    }),
    repeat: repeat.optional(),
    gate: field((value) => parsePercent(value)).optional(),
    seed: field(parseSeed).optional(),
  }),
});

/** No two experiments may have the same name, wherever in the steps they are, and no two approvals. */
function raiseNamesTwice(steps: unknown, context: z.core.$RefinementCtx): void {
  raiseTwice(
    steps,
    context,
    experimentPaths(steps).map((path) => [...path, 'experiment', 'name']),
  );
  raiseTwice(steps, context, Array.isArray(steps) ? steps.map((_, index) => [index, 'approval', 'name']) : []);
}

function raiseTwice(steps: unknown, context: z.core.$RefinementCtx, places: Path[]): void {
  const names = new Set<string>();
  for (const place of places) {
    const name = valueAt(steps, place);
    if (typeof name !== 'string') continue;
    if (names.has(name)) raise(context, place, `the name ${describe(name)} a second time`, 'a name of its own');
    names.add(name);
  }
}

function experimentPaths(steps: unknown): Path[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((written, index): Path[] => {
    const together = valueAt(written, ['parallel']);
    return Array.isArray(together) ? together.map((_, position): Path => [index, 'parallel', position]) : [[index]];
  });
}

function actsOn(fault: FaultDeclaration): string {
  return fault.targets === 'workload' ? 'the workload of the campaign' : 'the objects its parameters name';
}

function parseMaxTargets(value: unknown): Parsed<Pick<Policy, 'maxTargets' | 'maxTargetsPercent'>> {
  const percent = typeof value === 'string' && value.endsWith('%') ? parsePositivePercent(value) : undefined;
  if (percent?.ok) return good({ maxTargetsPercent: percent.value });
  const count = parseInteger(value, { min: 1 });
  return count.ok
    ? good({ maxTargets: count.value })
    : bad(value, 'a number of pods of at least 1, or a share of them, for example 2 or 50%');
}

function parsePositivePercent(value: unknown): Parsed<number> {
  const percent = parsePercent(value);
  return percent.ok && percent.value === 0 ? bad(value, 'a percentage above 0, at most 100, for example 50%') : percent;
}

/** Text; a number is taken as it is written. */
function parseSeed(value: unknown): Parsed<string> {
  return Number.isSafeInteger(value) ? good(String(value)) : parseText(value, '42');
}
