import type { CampaignTarget, ExperimentSpec, Parameters, Step, WorkloadKind } from '../contracts/campaign.ts';
import { findFault } from '../faults/declarations.ts';
import type { FaultAlias, FaultDeclaration } from '../faults/definition.ts';
import { faultExpected } from '../faults/fault-expected.ts';
import { isRecord, type SourceDocument } from './document.ts';
import { nameExperiments } from './experiment-names.ts';
import { parseLabelSelector } from './label-selector.ts';
import { type ReadEnv, readEnv } from './litmus-env.ts';
import { type KeyTable, LitmusNotes } from './litmus-notes.ts';
import { readLitmusProbes } from './litmus-probes.ts';
import { readSelections } from './litmus-selection.ts';
import type { Interpreted } from './native.ts';
import type { Path } from './problem.ts';
import { defaultRecoveryTimeoutMs } from './schema.ts';
import { oneOf } from './suggest.ts';
import { bad, describe, good, type Parsed, parseBoolean, parseChoice, parseDuration, parseName } from './units.ts';

export const litmusApiVersion = 'litmuschaos.io/v1alpha1';
export const litmusKind = 'ChaosEngine';

const noPods = 'squall runs no pods for an experiment';
const ownChecks = 'squall checks the workload by its own hypothesis';

const rootKeys: KeyTable = { read: ['apiVersion', 'kind', 'metadata', 'spec', 'status'] };
const specKeys: KeyTable = {
  read: ['appinfo', 'engineState', 'annotationCheck', 'experiments'],
  noEffect: {
    chaosServiceAccount: 'squall acts under its own service account',
    jobCleanUpPolicy: noPods,
    components: noPods,
    terminationGracePeriodSeconds: noPods,
    monitoring: 'squall always exports its metrics',
    chaosType: 'the faults say it themselves',
    auxiliaryAppInfo: ownChecks,
    defaultHealthCheck: ownChecks,
  },
  unsupported: { selectors: 'appinfo: squall takes one workload per campaign' },
};
const appinfoKeys: KeyTable = { read: ['appns', 'applabel', 'appkind'] };
const experimentKeys: KeyTable = { read: ['name', 'spec'] };
const experimentSpecKeys: KeyTable = { read: ['components', 'probe'], noEffect: { rank: 'experiments run in the order of the document' } };
const componentKeys: KeyTable = {
  read: ['env', 'statusCheckTimeouts'],
  noEffect: Object.fromEntries(
    [
      'experimentImage',
      'experimentAnnotations',
      'nodeSelector',
      'tolerations',
      'resources',
      'configMaps',
      'secrets',
      'securityContext',
    ].map((key) => [key, noPods]),
  ),
};
const statusCheckKeys: KeyTable = { read: ['timeout'], noEffect: { delay: 'squall observes recovery continuously' } };

const kindOfAppkind: Record<string, WorkloadKind> = {
  statefulset: 'StatefulSet',
  deployment: 'Deployment',
  daemonset: 'DaemonSet',
  replicaset: 'ReplicaSet',
};

/**
 * Reads a Litmus ChaosEngine: what its author meant where that is clear, with a warning where Litmus itself
 * would have done something else; a problem where it asks for what squall does not do.
 */
export function interpretLitmus(document: SourceDocument): Interpreted {
  const notes = new LitmusNotes(document);
  notes.mapping([], rootKeys);
  const name = notes.read(['metadata', 'name'], (value) => parseName(value, 'redis-resilience-test'));
  const spec = notes.mapping(['spec'], specKeys);
  if (spec === undefined) return { ok: false, problems: notes.problems };
  const target = readTarget(notes);
  notes.readOptional(['spec', 'engineState'], readEngineState);
  const annotationCheck = notes.readOptional(['spec', 'annotationCheck'], parseBoolean) ?? false;
  const read = readExperiments(notes);
  if (notes.problems.length > 0 || name === undefined || target === undefined) return { ok: false, problems: notes.problems };
  return {
    ok: true,
    campaign: {
      name,
      dialect: 'litmus',
      target,
      policy: { optIn: annotationCheck ? 'litmus' : 'none', protectedPods: [] },
      hypothesis: [],
      steps: stepsOf(read),
      warnings: notes.warnings,
    },
  };
}

function stepsOf(read: Read[]): Step[] {
  const names = nameExperiments(read.flatMap(({ experiments }) => experiments));
  return read.flatMap(({ experiments, rampMs }): Step[] => {
    const ramp: Step[] = rampMs === 0 ? [] : [{ kind: 'wait', durationMs: rampMs }];
    const steps = experiments.map(
      (experiment): Step => ({ kind: 'experiment', experiment: { name: names.shift() ?? experiment.fault, ...experiment } }),
    );
    return [...ramp, ...steps, ...ramp];
  });
}

function readTarget(notes: LitmusNotes): CampaignTarget | undefined {
  const path = ['spec', 'appinfo'];
  if (notes.mapping(path, appinfoKeys) === undefined) return undefined;
  // without appns, Litmus looks in the namespace of the engine
  const place = notes.valueAt([...path, 'appns']) === undefined && notes.valueAt(['metadata', 'namespace']) !== undefined;
  const namespace = notes.read(place ? ['metadata', 'namespace'] : [...path, 'appns'], (value) => parseName(value, 'default'));
  const selector = notes.read([...path, 'applabel'], parseLabelSelector);
  const kind = notes.readOptional([...path, 'appkind'], readAppkind);
  if (namespace === undefined || selector === undefined) return undefined;
  return { cluster: 'default', namespace, ...(kind === undefined ? {} : { kind }), selector };
}

function readAppkind(value: unknown): Parsed<WorkloadKind> {
  const kind =
    typeof value === 'string' && Object.hasOwn(kindOfAppkind, value.toLowerCase()) ? kindOfAppkind[value.toLowerCase()] : undefined;
  return kind === undefined ? bad(value, oneOf(Object.keys(kindOfAppkind), value)) : good(kind);
}

function readEngineState(value: unknown): Parsed<'active'> {
  if (value === 'stop') return bad(value, 'active: there is nothing to start, and a run is stopped by cancelling it');
  return parseChoice(value, ['active']);
}

/** An experiment of the document: one of a campaign, or one for each target when Litmus would take them one after another. */
interface Read {
  experiments: Omit<ExperimentSpec, 'name'>[];
  /** before and after */
  rampMs: number;
}

function readExperiments(notes: LitmusNotes): Read[] {
  const path = ['spec', 'experiments'];
  const list = notes.list(path);
  if (list?.length === 0) notes.problem({ path, found: 'an empty list', expected: 'a list of at least 1' });
  return [...(list ?? []).keys()].flatMap((index) => readExperiment(notes, [...path, index]) ?? []);
}

function readExperiment(notes: LitmusNotes, path: Path): Read | undefined {
  if (notes.mapping(path, experimentKeys) === undefined) return undefined;
  const named = readFault(notes, [...path, 'name']);
  const specPath = [...path, 'spec'];
  const componentsPath = [...specPath, 'components'];
  if (notes.valueAt(specPath) !== undefined) notes.mapping(specPath, experimentSpecKeys);
  if (notes.valueAt(componentsPath) !== undefined) notes.mapping(componentsPath, componentKeys);
  const envPath = [...componentsPath, 'env'];
  const hasEnv = notes.valueAt(envPath) !== undefined;
  const env: ReadEnv = hasEnv ? readEnv(notes, envPath, named?.fault) : { common: {}, parameters: {}, given: new Map() };
  const statusTimeoutMs = readStatusTimeout(notes, [...componentsPath, 'statusCheckTimeouts']);
  const hasProbes = notes.valueAt([...specPath, 'probe']) !== undefined;
  const hypothesis = hasProbes ? readLitmusProbes(notes, [...specPath, 'probe']) : [];
  if (named === undefined) return undefined;
  const { fault } = named;
  const parameters = { ...fault.parameters.defaults, ...fault.litmus?.defaults, ...env.parameters };
  const durationMs = env.common.durationMs ?? fault.litmus?.defaultDurationMs ?? fault.defaultDurationMs;
  reviewWhole(notes, path, fault, env, parameters);
  review(notes, path, fault, env, { durationMs, parameters });
  const experiment = {
    fault: fault.name,
    parameters,
    durationMs,
    ...readInterval(notes, path, fault, env, durationMs),
    recoveryTimeoutMs: env.common.recoveryTimeoutMs ?? statusTimeoutMs ?? defaultRecoveryTimeoutMs,
    ...(hypothesis.length === 0 ? {} : { hypothesis }),
    onFailure: 'continue' as const,
    onRestart: 'reestablish' as const,
  };
  return {
    experiments: readSelections(notes, path, named, env).map((selection) => ({ ...experiment, selection })),
    rampMs: env.common.rampMs ?? 0,
  };
}

function readFault(notes: LitmusNotes, path: Path): { fault: FaultDeclaration; alias?: FaultAlias } | undefined {
  const name = notes.valueAt(path);
  const found = typeof name === 'string' ? findFault(name) : undefined;
  if (found === undefined) notes.problem({ path, found: describe(name), expected: faultExpected(name) });
  else if (found.alias !== undefined)
    notes.warn('alias-used', path, `${found.alias.name} is read as ${found.fault.name}: ${found.alias.note}`);
  return found;
}

function readStatusTimeout(notes: LitmusNotes, path: Path): number | undefined {
  if (!isRecord(notes.valueAt(path)) || notes.mapping(path, statusCheckKeys) === undefined) return undefined;
  return notes.readOptional([...path, 'timeout'], (value) => parseDuration(value, { bareUnit: 's', minMs: 1000 }));
}

/** Litmus repeats what is done in an instant until the duration is over. */
function readInterval(
  notes: LitmusNotes,
  path: Path,
  fault: FaultDeclaration,
  { common: { repeatEveryMs }, given }: ReadEnv,
  durationMs: number,
): Pick<ExperimentSpec, 'repeatEveryMs'> {
  if (repeatEveryMs === undefined) return {};
  if (fault.holds) {
    const place = given.get('CHAOS_INTERVAL')?.path ?? path;
    notes.warn('no-effect', place, `CHAOS_INTERVAL has no effect: ${fault.name} holds for its whole duration`);
    return {};
  }
  return repeatEveryMs < durationMs ? { repeatEveryMs } : {};
}

/** What must be given and is not, and values that do not fit one another. */
function reviewWhole(notes: LitmusNotes, path: Path, fault: FaultDeclaration, env: ReadEnv, parameters: Parameters): void {
  for (const [name, { required, sets, form }] of Object.entries(fault.parameters.byName)) {
    if (required && parameters[sets] === undefined) notes.problem({ path, found: `no variable for ${name}`, expected: form });
  }
  for (const { name, found, expected } of fault.parameters.conflicts(parameters)) {
    const variable = variableOf(fault, env, name);
    notes.problem(
      variable === undefined
        ? { path, found: `${name} ${found}`, expected }
        : { path: variable.path, found: `${variable.name} ${describe(variable.value)}`, expected },
    );
  }
}

/** The variable given that set a parameter; undefined: none did. */
function variableOf(fault: FaultDeclaration, env: ReadEnv, parameter: string) {
  const sets = fault.parameters.byName[parameter]?.sets ?? parameter;
  for (const [name, { value, path }] of env.given) {
    const reading = fault.litmus?.env[name]?.read(value);
    if (reading?.kind === 'set' && sets in reading.values) return { name, value, path };
  }
  return undefined;
}

function review(
  notes: LitmusNotes,
  path: Path,
  fault: FaultDeclaration,
  env: ReadEnv,
  effective: Pick<ExperimentSpec, 'durationMs' | 'parameters'>,
): void {
  const values = new Map([...env.given].map(([variable, { value }]) => [variable, value]));
  for (const remark of fault.litmus?.review?.({ env: values, ...effective }) ?? []) {
    if (remark.kind === 'warning') notes.warn(remark.code, [...path, 'name'], remark.message);
    else
      notes.problem({
        path: env.given.get(remark.variable)?.path ?? path,
        found: `${remark.variable} ${remark.found}`,
        expected: remark.expected,
      });
  }
}
