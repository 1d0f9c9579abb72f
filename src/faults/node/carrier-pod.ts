import { createHash } from 'node:crypto';
import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { NodeTarget } from '../../contracts/plan.ts';
import type { FaultContext, FaultDraft } from '../verbs.ts';

/**
 * What carries a fault onto a node: a pod of squall's own there, with an agent in it, and no more rights than it takes.
 *
 * `load`: an ordinary pod, whose user is nobody. `network`: in the node's network namespace, with NET_ADMIN and NET_RAW.
 * `kubelet`: in the node's network and PID namespaces, with SYS_PTRACE.
 */
export type NodeCarrierKind = 'load' | 'network' | 'kubelet';

export const carrierContainer = 'agent';
/** Where a load finds the node's disk. */
export const scratchPath = '/scratch';

const nobody = 65_532;
// Below the ports of outgoing connections and those Kubernetes gives to Services.
const firstPort = 23_000;
const ports = 5_000;

export interface CarrierPlace {
  namespace: string;
  name: string;
  node: string;
  kind: NodeCarrierKind;
  /** where it is told from and ended by HTTP; null: it is asked by exec */
  port: number | null;
}

/** The same for the same fault and node, whoever asks: a retry finds what an earlier attempt made. `trial`: that of a preparation. */
export function carrierPlace(fault: FaultDraft, target: NodeTarget, kind: NodeCarrierKind, trial = false): CarrierPlace {
  const digest = createHash('sha256')
    .update(JSON.stringify([fault.id, target.uid, trial]))
    .digest();
  const name = `squall-node-${digest.toString('hex').slice(0, 16)}${trial ? '-trial' : ''}`;
  const port = kind === 'load' ? null : firstPort + (digest.readUInt32BE(0) % ports);
  return { namespace: fault.namespace, name, node: target.node, kind, port };
}

/** How long a carrier may be there. */
export interface CarrierLife {
  /** after its start its kubelet ends it */
  seconds: number;
  /** without a fault, and its agent ends by itself */
  idleSeconds: number;
  /** when the fault it is for ends, ms since the epoch; absent: it is for none */
  deadline?: number;
}

/**
 * The pod. `seconds` after its start its kubelet ends it, should nobody else have done so: whatever else is lost, the fault
 * goes with it. `idleSeconds` without a fault, and its agent ends by itself.
 */
export function carrierPod(
  context: FaultContext,
  fault: FaultDraft,
  place: CarrierPlace,
  { seconds, idleSeconds, deadline }: CarrierLife,
): V1Pod {
  const { namespace, name, node, kind, port } = place;
  const expiresAt = new Date(deadline ?? Date.now() + seconds * 1_000).toISOString();
  const control = port === null ? [] : ['--control', `:${port}`];
  const container: V1Container = {
    name: carrierContainer,
    image: context.agentImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['/squall-agent', 'serve', '--idle-timeout', `${idleSeconds}s`, ...control],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    // No requests and no limits: what the node gives is what is meant to be used up.
    resources: {},
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], ...(kind !== 'load' && { add: kind === 'network' ? ['NET_ADMIN', 'NET_RAW'] : ['SYS_PTRACE'] }) },
      ...(kind === 'load' && { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }),
      // AppArmor's default profile keeps a container from tracing what is outside, whatever its capabilities.
      ...(kind === 'kubelet' && { appArmorProfile: { type: 'Unconfined' } }),
      runAsUser: kind === 'load' ? nobody : 0,
      runAsGroup: kind === 'load' ? nobody : 0,
    },
    ...(kind === 'load' && { volumeMounts: [{ name: 'scratch', mountPath: scratchPath }] }),
  };
  const spec: V1PodSpec = {
    nodeName: node,
    restartPolicy: 'Never',
    activeDeadlineSeconds: seconds,
    terminationGracePeriodSeconds: 3,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    dnsPolicy: 'Default',
    tolerations: [{ operator: 'Exists' }],
    containers: [container],
    ...(kind === 'load' && { volumes: [{ name: 'scratch', emptyDir: {} }], securityContext: { fsGroup: nobody } }),
    ...(kind !== 'load' && { hostNetwork: true }),
    ...(kind === 'kubelet' && { hostPID: true }),
  };
  const labels = { [objectKeys.fault]: fault.id, 'app.kubernetes.io/name': 'squall-agent', 'app.kubernetes.io/managed-by': 'squall' };
  const annotations = {
    [objectKeys.run]: fault.runId,
    [objectKeys.fault]: fault.id,
    [objectKeys.faultType]: fault.fault,
    [objectKeys.expiresAt]: expiresAt,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels, annotations }, spec };
}
