import type { ProbeSpec } from '../../contracts/campaign.ts';
import { isRecord } from '../document.ts';
import type { About } from '../imported/draft.ts';
import { nameOf, uniqueNames } from '../imported/names.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import { defaultWeight } from '../probe.ts';
import { findProbeType } from '../probe-types.ts';
import type { Path } from '../problem.ts';
import { oneOf } from '../suggest.ts';
import { bad, describe, good, parseChoice, parseDuration, parseInteger, parseObjectName, parseUrl } from '../units.ts';
import { readSelector } from './actions.ts';
import { type Activity, type Arguments, type PythonProvider, readActivity, refuseControls } from './activity.ts';

export interface ReadHypothesis {
  probes: ProbeSpec[];
  /** the workloads that probes are about */
  abouts: About[];
}

type Workload = NonNullable<About['workload']>['kind'];

/** The functions that ask whether all of a workload is there, by what they say it is. */
const ofWorkload: Record<string, Workload> = {
  deployment_available_and_healthy: 'Deployment',
  deployment_fully_available: 'Deployment',
  deployment_is_fully_available: 'Deployment',
  microservice_available_and_healthy: 'Deployment',
  statefulset_fully_available: 'StatefulSet',
  daemon_set_available_and_healthy: 'DaemonSet',
  daemon_set_fully_available: 'DaemonSet',
};
const ofPods = ['pods_in_phase', 'pods_not_in_phase', 'pods_in_conditions'] as const;
const known = [...ofPods, ...Object.keys(ofWorkload)];

/** The `steady-state-hypothesis`, by the strategy that `runtime` says. */
export function readHypothesis(notes: LitmusNotes): ReadHypothesis {
  const path = ['steady-state-hypothesis'];
  const when = readStrategy(notes, ['runtime']);
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return { probes: [], abouts: [] };
  if (notes.mapping(path, { read: ['title', 'probes', 'controls'] }) === undefined) return { probes: [], abouts: [] };
  refuseControls(notes, [...path, 'controls']);
  const place = [...path, 'probes'];
  if (notes.valueAt(place) === undefined || notes.valueAt(place) === null) return { probes: [], abouts: [] };
  const read = [...(notes.list(place) ?? []).keys()].flatMap((index) => readProbe(notes, [...place, index], when) ?? []);
  const names = uniqueNames(read.map(({ probe }) => probe.name));
  return {
    probes: read.map(({ probe }, index) => ({ ...probe, name: names[index] ?? probe.name })),
    abouts: read.flatMap(({ about }) => about ?? []),
  };
}

function readStrategy(notes: LitmusNotes, path: Path): ProbeSpec['when'] {
  const value = notes.valueAt(path);
  if (value === undefined || value === null || notes.mapping(path, { read: ['hypothesis', 'rollbacks'] }) === undefined) return 'after';
  const rollbacks = [...path, 'rollbacks'];
  if (notes.valueAt(rollbacks) !== undefined && notes.mapping(rollbacks, { read: ['strategy'] }) !== undefined) {
    notes.warn('no-effect', rollbacks, 'rollbacks has no effect: squall undoes every fault, whatever happens');
  }
  const place = [...path, 'hypothesis'];
  const keys = { read: ['strategy'], noEffect: { fail_fast: 'squall judges when the experiment is over' } };
  if (notes.valueAt(place) === undefined || notes.mapping(place, keys) === undefined) return 'after';
  const strategy = notes.readOptional([...place, 'strategy'], (word) =>
    word === 'before-method-only'
      ? bad(word, 'another strategy: squall always checks before, and judges by what comes then')
      : parseChoice(word, ['default', 'after-method-only', 'during-method-only', 'continuously']),
  );
  return strategy === 'continuously' ? 'continuous' : strategy === 'during-method-only' ? 'during' : 'after';
}

function readProbe(notes: LitmusNotes, path: Path, when: ProbeSpec['when']): { probe: ProbeSpec; about?: About } | undefined {
  const activity = readActivity(notes, path, 'probe');
  if (activity === undefined) return undefined;
  if (activity.beforeMs > 0 || activity.afterMs > 0) {
    notes.problem({
      path: [...path, 'pauses'],
      found: 'pauses of a probe',
      expected: 'none: squall samples on its own clock',
      onKey: true,
    });
  }
  const { provider } = activity;
  if (provider.type === 'http') return readHttp(notes, activity, provider.path, when);
  const about = readAbout(notes, provider);
  const tolerance = notes.valueAt([...path, 'tolerance']);
  if (tolerance !== true)
    notes.problem({ path: [...path, 'tolerance'], found: describe(tolerance), expected: 'true: the pods are ready or they are not' });
  return about === undefined ? undefined : { probe: specOf(activity, 'pods-ready', {}, when), about };
}

function specOf(
  { name }: Activity,
  typeName: string,
  parameters: ProbeSpec['parameters'],
  when: ProbeSpec['when'],
  timeoutMs?: number,
): ProbeSpec {
  const type = findProbeType(typeName);
  if (type === undefined) throw new TypeError(`no type of probe ${typeName}`);
  return {
    name: nameOf(name) ?? type.name,
    type: type.name,
    parameters,
    when,
    tolerance: { comparator: 'succeeds', successPercent: 100 },
    weight: defaultWeight,
    intervalMs: type.intervalMs,
    timeoutMs: timeoutMs ?? type.timeoutMs,
  };
}

function readAbout(notes: LitmusNotes, { func, path, arguments: args }: PythonProvider): About | undefined {
  if (Object.hasOwn(ofWorkload, func)) {
    const keys = ['name', 'ns', 'label_selector', 'timeout', 'raise_on_unavailable', 'raise_on_not_fully_available'];
    if (!args.check(keys)) return undefined;
    const name = notes.read(args.at('name'), (value) => parseObjectName(value, 'redis'));
    if (args.value('label_selector') !== undefined) {
      notes.warn('no-effect', args.at('label_selector'), 'label_selector has no effect: the workload has a name');
    }
    const namespace = args.namespace();
    const kind = ofWorkload[func];
    if (name === undefined || namespace === undefined || kind === undefined) return undefined;
    return { path: args.at('name'), namespace, requirements: [], workload: { kind, name } };
  }
  switch (func) {
    case 'pods_in_phase':
      return readPhase(notes, args, 'Running', 'in');
    case 'pods_not_in_phase':
      return readPhase(notes, args, 'Running', 'not in');
    case 'pods_in_conditions':
      return readConditions(notes, args);
    default: {
      const expected = `${oneOf(known, func)}, or a probe by http: squall has no probe of that meaning`;
      notes.problem({ path, found: describe(func), expected });
      return undefined;
    }
  }
}

/** Pods in the phase Running, or not in one that no Ready pod is in. */
function readPhase(notes: LitmusNotes, args: Arguments, standard: string, way: 'in' | 'not in'): About | undefined {
  const raising = way === 'in' ? 'raise_on_invalid_phase' : 'raise_on_in_phase';
  if (!args.check(['label_selector', 'phase', 'ns', raising])) return undefined;
  const phase = args.value('phase') ?? standard;
  const fits = way === 'in' ? phase === 'Running' : ['Pending', 'Succeeded', 'Failed', 'Unknown'].includes(String(phase));
  if (!fits) {
    const expected = way === 'in' ? 'Running' : 'Pending, Succeeded, Failed or Unknown, which no pod is in that is ready';
    notes.problem({ path: args.at('phase'), found: describe(phase), expected: `${expected}: squall asks whether the pods are ready` });
  } else {
    const message = `the phase is ${way === 'in' ? 'Running' : `not ${String(phase)}`}: squall asks for more, that the pods are ready`;
    notes.warn('chaos-toolkit-differs', args.path, message);
  }
  return aboutPods(notes, args);
}

function readConditions(notes: LitmusNotes, args: Arguments): About | undefined {
  if (!args.check(['label_selector', 'conditions', 'ns', 'raise_on_invalid_conditions'])) return undefined;
  notes.read(args.at('conditions'), (value) => {
    const [only, ...rest]: unknown[] = Array.isArray(value) ? value : [];
    const ready = isRecord(only) && only.type === 'Ready' && only.status === 'True' && rest.length === 0;
    return ready ? good(true) : bad(value, '[{ type: Ready, status: "True" }]: squall asks whether the pods are ready');
  });
  return aboutPods(notes, args);
}

function aboutPods(notes: LitmusNotes, args: Arguments): About | undefined {
  const requirements = readSelector(notes, args, 'label_selector');
  const namespace = args.namespace();
  if (args.value('label_selector') === undefined) {
    notes.problem({ path: args.path, found: 'no label_selector', expected: 'the label_selector of the workload under test' });
  }
  return namespace === undefined ? undefined : { path: args.at('label_selector'), namespace, requirements };
}

function readHttp(notes: LitmusNotes, activity: Activity, path: Path, when: ProbeSpec['when']): { probe: ProbeSpec } | undefined {
  const plain = 'nothing: squall sends a plain GET, once';
  const asked = { arguments: plain, headers: plain, max_retries: plain };
  const unsupported = Object.fromEntries(Object.entries(asked).filter(([key]) => !isEmpty(notes.valueAt([...path, key]))));
  const read = [
    'type',
    'url',
    'method',
    'timeout',
    'verify_tls',
    'secrets',
    ...Object.keys(asked).filter((key) => !Object.hasOwn(unsupported, key)),
  ];
  if (notes.mapping(path, { read, unsupported }) === undefined) return undefined;
  const url = notes.read([...path, 'url'], parseUrl);
  notes.readOptional([...path, 'method'], (method) =>
    typeof method === 'string' && method.toUpperCase() === 'GET' ? good(method) : bad(method, 'GET'),
  );
  if (notes.valueAt([...path, 'verify_tls']) === false) {
    notes.problem({ path: [...path, 'verify_tls'], found: 'false', expected: 'true: squall verifies certificates' });
  }
  const timeout = [...path, 'timeout'];
  const timeoutMs = isEmpty(notes.valueAt(timeout))
    ? undefined
    : notes.read(timeout, (seconds) => parseDuration(seconds, { bareUnit: 's', minMs: 10, maxMs: 86_400_000 }));
  const tolerance = [...activity.path, 'tolerance'];
  const status = notes.read(tolerance, (value) => {
    const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    const parsed = typeof one === 'number' ? parseInteger(one, { min: 100, max: 599 }) : bad(value, '');
    return parsed.ok ? parsed : bad(value, 'the one status that is expected, for example 200');
  });
  if (url === undefined || status === undefined) return undefined;
  return { probe: specOf(activity, 'http', { url, expectedStatus: status }, when, timeoutMs) };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === 0 || (isRecord(value) && Object.keys(value).length === 0);
}
