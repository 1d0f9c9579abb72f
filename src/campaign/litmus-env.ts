import type { Parameters } from '../contracts/campaign.ts';
import {
  type FaultDeclaration,
  type LitmusVariable,
  litmusNoEffect,
  litmusSets,
  litmusUnsupported,
  swallowedByLitmus,
} from '../faults/definition.ts';
import { isRecord } from './document.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { LitmusNotes } from './litmus-notes.ts';
import type { Issue, Path } from './problem.ts';
import { suggest } from './suggest.ts';
import { describe, parseChoice, parseDuration, parseList, parseName, parsePercent } from './units.ts';

/** What the variables common to Litmus's experiments set. */
export interface CommonSettings {
  durationMs?: number;
  recoveryTimeoutMs?: number;
  names?: string[];
  percent?: number;
  container?: string;
  nodes?: string[];
  nodeSelector?: string;
  serial?: boolean;
  /** before and after the fault */
  rampMs?: number;
  /** between one round of a fault that is done in an instant and the next */
  repeatEveryMs?: number;
}

export interface ReadEnv {
  common: CommonSettings;
  parameters: Parameters;
  /** non-empty variables by name, and where each stands */
  given: ReadonlyMap<string, { value: string; path: Path }>;
}

const seconds = (minMs: number) => (value: string) => parseDuration(value, { bareUnit: 's', minMs, maxMs: 24 * 3_600_000 });
const podNames = (value: string) => parseList(value, 'redis-leader-1,redis-leader-2');
const noHelper = litmusNoEffect('squall uses no helper pod');
const noOperator = litmusNoEffect("it belongs to Litmus's operator");

const commonVariables: Record<string, LitmusVariable<CommonSettings>> = {
  TOTAL_CHAOS_DURATION: litmusSets(
    seconds(1000),
    (durationMs): CommonSettings => ({ durationMs }),
    swallowedByLitmus('would have taken 0 seconds: nothing done, and still a pass'),
  ),
  TARGET_PODS: litmusSets(podNames, (names): CommonSettings => ({ names })),
  TARGET_POD: {
    ...litmusSets(podNames, (names): CommonSettings => ({ names })),
    aliasOf: 'TARGET_PODS',
    aliasNote: 'Litmus has no reader of TARGET_POD and would have hit one pod of appinfo at random',
  },
  PODS_AFFECTED_PERC: litmusSets(parsePercent, (percent): CommonSettings => ({ percent })),
  TARGET_CONTAINER: litmusSets(
    (value) => parseName(value, 'redis'),
    (container): CommonSettings => ({ container }),
  ),
  SEQUENCE: litmusSets(
    (value) => parseChoice(value, ['parallel', 'serial']),
    (sequence): CommonSettings => ({ serial: sequence === 'serial' }),
  ),
  CHAOS_INTERVAL: litmusSets(
    seconds(1000),
    (repeatEveryMs): CommonSettings => ({ repeatEveryMs }),
    swallowedByLitmus('would have waited 0 seconds between rounds'),
  ),
  STATUS_CHECK_TIMEOUT: litmusSets(
    seconds(1000),
    (recoveryTimeoutMs): CommonSettings => ({ recoveryTimeoutMs }),
    swallowedByLitmus('would have waited 0 seconds'),
  ),
  STATUS_CHECK_DELAY: litmusNoEffect('squall observes recovery continuously'),
  DEFAULT_HEALTH_CHECK: litmusNoEffect('squall always checks the workload before and after'),
  RAMP_TIME: litmusSets(seconds(0), (rampMs): CommonSettings => ({ rampMs }), swallowedByLitmus('would have waited 0 seconds')),
  NODE_LABEL: litmusSets(parseLabelSelector, (nodeSelector): CommonSettings => ({ nodeSelector })),
  AUXILIARY_APPINFO: litmusUnsupported([], 'no value: a probe of the hypothesis can watch another application'),
  KILL_COUNT: litmusUnsupported([], 'no value: choose pods by TARGET_PODS or PODS_AFFECTED_PERC'),
  LIB: noHelper,
  LIB_IMAGE: noHelper,
  LIB_IMAGE_PULL_POLICY: noHelper,
  TC_IMAGE: noHelper,
  STRESS_IMAGE: noHelper,
  SET_HELPER_DATA: noHelper,
  CONTAINER_RUNTIME: noHelper,
  SOCKET_PATH: noHelper,
  CONTAINER_API_TIMEOUT: noHelper,
  TERMINATION_GRACE_PERIOD_SECONDS: litmusNoEffect('squall uses no helper pod, and the grace of the target is its own'),
  CHAOS_NAMESPACE: noOperator,
  CHAOS_SERVICE_ACCOUNT: noOperator,
  CHAOSENGINE: noOperator,
  CHAOS_UID: noOperator,
  INSTANCE_ID: noOperator,
  POD_NAME: noOperator,
};

const nodeNames = (value: string) => parseList(value, 'worker-1,worker-2');

/** What experiments on nodes have in place of the variables that choose pods. */
const nodeVariables: Record<string, LitmusVariable<CommonSettings>> = {
  TARGET_NODE: litmusSets(nodeNames, (nodes): CommonSettings => ({ nodes })),
  TARGET_NODES: litmusSets(nodeNames, (nodes): CommonSettings => ({ nodes })),
  NODES_AFFECTED_PERC: litmusSets(parsePercent, (percent): CommonSettings => ({ percent })),
};
const podVariables = ['TARGET_PODS', 'TARGET_POD', 'PODS_AFFECTED_PERC', 'TARGET_CONTAINER'];

function variablesOf(fault: FaultDeclaration | undefined): Record<string, LitmusVariable<CommonSettings>> {
  if (fault?.targets !== 'nodes') return commonVariables;
  const rest = Object.entries(commonVariables).filter(([name]) => !podVariables.includes(name));
  return { ...nodeVariables, ...Object.fromEntries(rest) };
}

/** Those of the common ones that are worth naming to someone who wrote another. */
const settingVariables = [
  'TOTAL_CHAOS_DURATION',
  'TARGET_PODS',
  'PODS_AFFECTED_PERC',
  'TARGET_CONTAINER',
  'TARGET_NODE',
  'TARGET_NODES',
  'NODES_AFFECTED_PERC',
  'NODE_LABEL',
  'RAMP_TIME',
  'SEQUENCE',
  'STATUS_CHECK_TIMEOUT',
];

/** Reads an experiment's variables. Without its fault (its name was wrong) only the common ones can be checked. */
export function readEnv(notes: LitmusNotes, path: Path, fault: FaultDeclaration | undefined): ReadEnv {
  const given = collect(notes, path);
  const common: CommonSettings = {};
  const parameters: Parameters = {};
  const own = fault?.litmus?.env ?? {};
  const shared = variablesOf(fault);
  for (const [name, { value, path: place }] of given) {
    const ofFault = Object.hasOwn(own, name) ? own[name] : undefined;
    const ofAll = Object.hasOwn(shared, name) ? shared[name] : undefined;
    const variable = ofFault ?? ofAll;
    if (variable === undefined) {
      if (fault !== undefined) notes.problem(unknownVariable(name, place, Object.keys(own), Object.keys(shared)));
      continue;
    }
    if (variable.aliasOf !== undefined) {
      if (given.has(variable.aliasOf)) {
        notes.problem({ path: place, found: `${name} beside ${variable.aliasOf}`, expected: `${variable.aliasOf} alone` });
        continue;
      }
      notes.warn('alias-used', place, `${name} is read as ${variable.aliasOf}: ${variable.aliasNote}`);
    }
    if (ofFault !== undefined) Object.assign(parameters, take(notes, ofFault, name, value, place));
    else if (ofAll !== undefined) Object.assign(common, take(notes, ofAll, name, value, place));
  }
  return { common, parameters, given };
}

function take<T>(notes: LitmusNotes, variable: LitmusVariable<T>, name: string, value: string, path: Path): T | undefined {
  const reading = variable.read(value);
  switch (reading.kind) {
    case 'problem':
      notes.problem({ path, found: `${name} ${reading.found}`, expected: reading.expected });
      return undefined;
    case 'no-effect':
      if (reading.note !== undefined) notes.warn('no-effect', path, `${name} has no effect: ${reading.note}`);
      return undefined;
    case 'set':
      if (reading.note !== undefined) notes.warn('litmus-differs', path, `${name}: ${reading.note}`);
      return reading.values;
  }
}

/** Non-empty variables by name. To Litmus an empty variable is one that is not given. */
function collect(notes: LitmusNotes, path: Path): Map<string, { value: string; path: Path }> {
  const given = new Map<string, { value: string; path: Path }>();
  const seen = new Set<string>();
  for (const index of (notes.list(path) ?? []).keys()) {
    const item = [...path, index];
    const entry = notes.mapping(item, {
      read: ['name', 'value'],
      unsupported: { valueFrom: 'a literal value: squall reads no Secret or ConfigMap for a parameter' },
    });
    if (!isRecord(entry)) continue;
    const { name, value } = entry;
    if (typeof name !== 'string' || name === '') {
      notes.problem({ path: [...item, 'name'], found: describe(name), expected: 'the name of a variable, for example TARGET_PODS' });
      continue;
    }
    if (seen.has(name)) notes.problem({ path: [...item, 'name'], found: `${name} a second time`, expected: 'each variable once' });
    seen.add(name);
    const place = [...item, 'value'];
    if (typeof value === 'number' || typeof value === 'boolean') {
      notes.warn('litmus-differs', place, `${name}: Kubernetes takes text only and would have refused ${value} without quotes`);
      given.set(name, { value: String(value), path: place });
    } else if (typeof value === 'string') {
      if (value !== '') given.set(name, { value, path: place });
    } else if (!Object.hasOwn(entry, 'valueFrom')) {
      notes.problem({ path: place, found: describe(value), expected: `the text of ${name}` });
    }
  }
  return given;
}

function unknownVariable(name: string, valuePath: Path, own: string[], shared: string[]): Issue {
  const near = suggest(name, [...own, ...shared]);
  const settings = settingVariables.filter((variable) => shared.includes(variable));
  const expected = `one of ${[...own, ...settings].join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
  return { path: [...valuePath.slice(0, -1), 'name'], found: `the unknown variable ${name}`, expected };
}
