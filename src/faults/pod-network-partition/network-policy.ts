import type { KubernetesObject, V1LabelSelector, V1NetworkPolicy } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance, Permission } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { ClusterError } from '../../kubernetes/cluster.ts';
import { ownershipAnnotations } from '../object-borne/ownership.ts';
import { podTargets } from '../targets.ts';
import type { FaultContext, FaultDraft } from '../verbs.ts';

const policyKind = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' } as const;

export const policyPermissions: Permission[] = [
  { apiGroup: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['get', 'list', 'create', 'delete'] },
];

/** DaemonSets of what enforces NetworkPolicy, by the beginning of their names. */
const enforcers = [
  'calico-node',
  'cilium',
  'antrea-agent',
  'kube-router',
  'weave-net',
  'ovnkube-node',
  'kube-network-policies',
  'aws-node',
  'azure-npm',
];

const filters = ['hosts', 'cidrs', 'peers', 'ports', 'localPorts', 'exceptCidrs', 'exceptPorts'];

/** The filters given, which no policy could express: one says what is allowed, and policies add up. */
export function policyFilters(parameters: Parameters): string[] {
  return [...filters.filter((name) => parameters[name] !== undefined), ...(parameters.protocol === 'any' ? [] : ['protocol'])];
}

/** What stands in the way of cutting the targets off by a NetworkPolicy; undefined: nothing. `by` is what enforces it. */
export async function tryPolicy(context: FaultContext, draft: FaultDraft): Promise<{ by: string } | { obstacle: string }> {
  const given = policyFilters(draft.parameters);
  if (given.length > 0) return { obstacle: `it can only cut off everything, and ${given.join(', ')} are given` };
  const enforcer = await findEnforcer(context);
  if ('obstacle' in enforcer) return enforcer;
  try {
    const selector = await selectorOf(context, draft);
    const others = await context.cluster.listObjects({ ...policyKind, namespace: draft.namespace }, context.signal);
    const allowing = others.filter((policy) => faultOf(policy) !== draft.id);
    if (allowing.length > 0) {
      const names = allowing.map(({ metadata }) => metadata?.name).join(', ');
      return { obstacle: `what other policies of the namespace allow stays allowed: ${names}` };
    }
    await context.cluster.createObject(policyFor(draft, selector, {}), { dryRun: true }, context.signal);
    return enforcer;
  } catch (error) {
    return { obstacle: errorMessage(error) };
  }
}

/** What is known to enforce policies and runs on every node it is to run on. */
async function findEnforcer(context: FaultContext): Promise<{ by: string } | { obstacle: string }> {
  let sets: KubernetesObject[];
  try {
    sets = await context.cluster.listObjects({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, context.signal);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.status !== 403) throw error;
    return { obstacle: 'whether anything enforces it is not known: squall may not list DaemonSets of all namespaces' };
  }
  for (const set of sets) {
    const name = set.metadata?.name ?? '';
    if (!enforcers.some((known) => name === known || name.startsWith(`${known}-`))) continue;
    const status: unknown = 'status' in set ? set.status : undefined;
    const ready = isRecord(status) && Number(status.numberReady) > 0 && status.numberReady === status.desiredNumberScheduled;
    if (ready) return { by: `DaemonSet ${set.metadata?.namespace}/${name}` };
    return { obstacle: `DaemonSet ${set.metadata?.namespace}/${name} would enforce it, and is not ready on every node` };
  }
  return { obstacle: `nothing that is known to enforce it runs in the cluster (${enforcers.join(', ')})` };
}

/** A selector that finds just the targets. Throws when there is none. */
async function selectorOf(
  context: FaultContext,
  draft: Pick<FaultDraft, 'id' | 'targets' | 'namespace' | 'selector'>,
): Promise<V1LabelSelector> {
  const targets = podTargets(draft);
  const label = 'statefulset.kubernetes.io/pod-name';
  const named = await context.cluster.listPods(draft.namespace, `${label} in (${targets.map(({ pod }) => pod).join(',')})`, context.signal);
  if (named.length === targets.length) {
    return { matchExpressions: [{ key: label, operator: 'In', values: targets.map(({ pod }) => pod) }] };
  }
  const matchLabels = equalities(draft.selector);
  if (matchLabels !== undefined) {
    const pods = await context.cluster.listPods(draft.namespace, draft.selector, context.signal);
    const uids = new Set(targets.map(({ uid }) => uid));
    if (pods.length === targets.length && pods.every(({ metadata }) => uids.has(metadata?.uid ?? ''))) return { matchLabels };
  }
  throw new Error('no label tells the targets from the other pods of the workload');
}

function equalities(selector: string): Record<string, string> | undefined {
  const pairs = selector.split(',').map((part) => /^([^=!\s]+)==?([^=!\s]*)$/.exec(part.trim()));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** Selects the targets, and allows nothing. */
function policyFor(
  fault: Pick<FaultDraft, 'id' | 'runId' | 'namespace' | 'parameters'>,
  podSelector: V1LabelSelector,
  annotations: Record<string, string>,
): V1NetworkPolicy {
  const types = { egress: ['Egress'], ingress: ['Ingress'], both: ['Ingress', 'Egress'] }[String(fault.parameters.direction)] ?? [];
  return {
    ...policyKind,
    metadata: { name: policyName(fault), namespace: fault.namespace, labels: { [objectKeys.fault]: fault.id }, annotations },
    spec: { podSelector, policyTypes: types },
  };
}

const policyName = (fault: { id: string }) => `squall-${fault.id}`;

const reference = (fault: { id: string; namespace: string }) => ({ ...policyKind, namespace: fault.namespace, name: policyName(fault) });

const faultOf = (object: KubernetesObject) =>
  object.metadata?.annotations?.[objectKeys.fault] ?? object.metadata?.labels?.[objectKeys.fault];

/** Makes the policy, once. Answers what shows of it. */
export async function createPolicy(context: FaultContext, fault: FaultInstance): Promise<string> {
  try {
    const selector = await selectorOf(context, fault);
    await context.cluster.createObject(policyFor(fault, selector, ownershipAnnotations(fault, {})), {}, context.signal);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.status !== 409) throw error;
  }
  return (await readPolicy(context, fault)).detail;
}

/** Whether the policy is there and this fault's own. */
export async function readPolicy(context: FaultContext, fault: FaultInstance): Promise<{ there: boolean; detail: string }> {
  const found = await context.cluster.readObject(reference(fault), context.signal);
  if (found === undefined) return { there: false, detail: `there is no NetworkPolicy ${policyName(fault)}` };
  if (faultOf(found) !== fault.id) return { there: false, detail: `NetworkPolicy ${policyName(fault)} is of fault ${faultOf(found)}` };
  return { there: true, detail: `NetworkPolicy ${policyName(fault)} selects the pod and allows nothing` };
}

/** Deletes the policy, if it is there. */
export async function deletePolicy(context: FaultContext, fault: FaultInstance): Promise<void> {
  const found = await context.cluster.readObject(reference(fault), context.signal);
  const uid = found?.metadata?.uid;
  if (found === undefined || uid === undefined || faultOf(found) !== fault.id) return;
  await context.cluster.deleteObject({ ...reference(fault), uid }, undefined, context.signal);
}
