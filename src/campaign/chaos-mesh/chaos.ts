import type { Selection } from '../../contracts/campaign.ts';
import { findFault } from '../../faults/declarations.ts';
import type { FaultDeclaration } from '../../faults/definition.ts';
import type { Draft } from '../imported/draft.ts';
import { readParameters } from '../imported/parameters.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { defaultRecoveryTimeoutMs } from '../schema.ts';
import { oneOf } from '../suggest.ts';
import { formatDuration, type Parsed, parseDuration, parseList, parseName } from '../units.ts';
import type { ChaosKind, MeantFault } from './chaos-kind.ts';
import { dnsChaos } from './dns-chaos.ts';
import { httpChaos } from './http-chaos.ts';
import { networkChaos } from './network-chaos.ts';
import { podChaos } from './pod-chaos.ts';
import { readSelector, selectorParts } from './selector.ts';
import { stressChaos } from './stress-chaos.ts';

/** The kinds of chaos that are read. */
export const chaosKinds: readonly ChaosKind[] = [podChaos, networkChaos, stressChaos, dnsChaos, httpChaos];

/** Those that are not, and what is nearest to them. */
const otherKinds: Record<string, string> = {
  IOChaos: 'its faults pod-io-stress and disk-fill are nearest',
  TimeChaos: 'it has no fault of the clock',
  KernelChaos: 'it has no fault of the kernel',
  JVMChaos: 'it has no fault inside a JVM; pod-cpu-hog and pod-memory-hog stress it from outside',
  BlockChaos: 'its fault pod-io-stress is nearest',
  PhysicalMachineChaos: 'it acts on Kubernetes alone; node-drain, node-cordon and node-taint are its faults of nodes',
  AWSChaos: 'it acts on Kubernetes alone',
  AzureChaos: 'it acts on Kubernetes alone',
  GCPChaos: 'it acts on Kubernetes alone',
};

const maxDurationMs = 24 * 3_600_000;

/** A duration as a campaign takes it: 1s to 24h. */
export function parseHold(value: unknown): Parsed<number> {
  return parseDuration(value, { minMs: 1000, maxMs: maxDurationMs });
}

/** What is said of a kind that is not read; `more` are other words that would do. */
export function expectedKind(kind: unknown, more: readonly string[]): string {
  const known = [...chaosKinds.map((one) => one.kind), ...more];
  const nearest = typeof kind === 'string' && Object.hasOwn(otherKinds, kind) ? otherKinds[kind] : undefined;
  return nearest === undefined ? oneOf(known, kind) : `${oneOf(known)}: squall has no ${String(kind)}, ${nearest}`;
}

export interface ChaosContext {
  /** the namespace of the document */
  homeNamespace: string | undefined;
  /** what the experiment is to be called */
  wish?: string;
  /** after which a Workflow ends the chaos */
  deadlineMs?: number;
}

/** Reads the spec of one chaos. Several drafts are meant to be done together. */
export function readChaos(notes: LitmusNotes, kind: ChaosKind, path: Path, context: ChaosContext): Draft[] {
  const { read, ...keys } = kind.keys;
  const remoteCluster = 'no remote cluster: squall runs a campaign on the cluster it is started for';
  const table = { ...keys, read: [...selectorParts, 'duration', ...read], unsupported: { ...keys.unsupported, remoteCluster } };
  if (notes.mapping(path, table) === undefined) return [];
  const selector = readSelector(notes, path, context.homeNamespace);
  const ownMs = notes.readOptional([...path, 'duration'], parseHold);
  const meant = kind.read(notes, path, { namespace: selector?.about.namespace });
  if (meant.length > 1 && selector !== undefined && (selector.selection.count ?? selector.selection.percent) !== undefined) {
    const expected = 'all, or a pod by name: squall would choose the pods of each for itself';
    notes.problem({
      path: [...path, 'mode'],
      found: `${meant.map(({ fault }) => fault).join(' and ')} together on some of the pods`,
      expected,
    });
  }
  return meant.flatMap((one) => {
    const fault = findFault(one.fault)?.fault;
    if (fault === undefined) {
      notes.problem({ path: one.path, found: `what squall calls ${one.fault}`, expected: 'something squall has a fault for' });
      return [];
    }
    const container = readContainer(notes, path, fault, one);
    const parameters = readParameters(notes, fault, one.given, one.path);
    const durationMs = lengthOf(notes, path, fault, ownMs, context.deadlineMs);
    if (selector === undefined) return [];
    const wish = meant.length > 1 && context.wish !== undefined ? `${context.wish}-${fault.name}` : (context.wish ?? fault.name);
    return [
      {
        wish,
        fault: fault.name,
        about: selector.about,
        selection: { ...selector.selection, ...container },
        parameters,
        durationMs,
        recoveryTimeoutMs: defaultRecoveryTimeoutMs,
        onFailure: 'continue',
        onRestart: 'reestablish',
      } satisfies Draft,
    ];
  });
}

function readContainer(notes: LitmusNotes, path: Path, fault: FaultDeclaration, { containers }: MeantFault): Pick<Selection, 'container'> {
  const place = [...path, 'containerNames'];
  const value = notes.valueAt(place);
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return {};
  const names = notes.read(place, (list) => parseList(list, 'redis'));
  const [name] = names ?? [];
  if (names === undefined || name === undefined) return {};
  if (!fault.needsContainer) {
    if (containers === 'of-no-effect')
      notes.warn('no-effect', place, `containerNames has no effect: ${fault.name} acts on whole pods, as in Chaos Mesh`);
    else notes.problem({ path: place, found: 'a container', expected: `none: ${fault.name} acts on whole pods`, onKey: true });
    return {};
  }
  if (names.length > 1) {
    notes.problem({
      path: place,
      found: `${names.length} containers`,
      expected: 'one: an experiment of squall goes into one container of a pod',
    });
  }
  const container = notes.read([...place, ...(Array.isArray(value) ? [0] : [])], () => parseName(name, 'redis'));
  return container === undefined ? {} : { container };
}

/** How long it holds: until its own duration or its deadline is over. Chaos Mesh goes on for ever without either. */
function lengthOf(
  notes: LitmusNotes,
  path: Path,
  fault: FaultDeclaration,
  ownMs: number | undefined,
  deadlineMs: number | undefined,
): number {
  if (ownMs !== undefined || deadlineMs !== undefined) return Math.min(ownMs ?? maxDurationMs, deadlineMs ?? maxDurationMs);
  if (fault.holds && notes.valueAt([...path, 'duration']) === undefined) {
    const message = `no duration: Chaos Mesh would go on until the chaos is deleted; squall ends it after ${formatDuration(fault.defaultDurationMs)}`;
    notes.warn('chaos-mesh-differs', path, message);
  }
  return fault.defaultDurationMs;
}
