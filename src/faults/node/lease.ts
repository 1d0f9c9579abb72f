import type { KubernetesObject } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import type { NodeTarget } from '../../contracts/plan.ts';
import { isReady } from '../../kubernetes/is-ready.ts';
import type { AgentFault } from '../carrier/agent-protocol.ts';
import type { FaultContext } from '../verbs.ts';

/** What was under way when the node was cut off. */
const underWayMs = 2_000;

/** When the node's kubelet last told the API server that it lives, by the node's clock. Throws when there is no lease. */
async function leaseRenewedAt(context: FaultContext, node: string): Promise<number> {
  const reference = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-node-lease', name: node };
  const lease = await context.cluster.readObject(reference, context.signal);
  const renewedAt = lease === undefined ? Number.NaN : renewTime(lease);
  if (Number.isNaN(renewedAt)) throw new Error(`the lease of node ${node} in kube-node-lease has no renewTime`);
  return renewedAt;
}

function renewTime(lease: KubernetesObject): number {
  const spec = 'spec' in lease && isRecord(lease.spec) ? lease.spec : {};
  return spec.renewTime instanceof Date || typeof spec.renewTime === 'string' ? new Date(spec.renewTime).getTime() : Number.NaN;
}

/** A kubelet that goes on renewing its lease while the fault holds is not cut off, whatever the agent says. Both times are the node's. */
export async function isSilent(context: FaultContext, target: NodeTarget, held: AgentFault): Promise<{ ok: boolean; detail: string }> {
  const renewedAt = await leaseRenewedAt(context, target.node);
  const since = held.startedAt ?? 0;
  const ok = renewedAt <= since + underWayMs;
  const time = new Date(renewedAt).toISOString();
  return {
    ok,
    detail: ok
      ? `its lease was last renewed at ${time}`
      : `its lease was renewed at ${time}, ${renewedAt - since} ms after the fault began`,
  };
}

/** Ready again, and no taint that says otherwise. */
export async function isBack(context: FaultContext, target: NodeTarget): Promise<{ ok: boolean; detail: string }> {
  const node = (await context.cluster.listNodes(undefined, context.signal)).find(({ metadata }) => metadata?.name === target.node);
  if (node?.metadata?.uid !== target.uid) return { ok: true, detail: 'the node itself is gone' };
  const taint = node.spec?.taints?.find(({ key }) => /^node\.kubernetes\.io\/(unreachable|not-ready)$/.test(key));
  if (!isReady(node)) return { ok: false, detail: 'the node is not Ready yet' };
  return taint === undefined
    ? { ok: true, detail: 'the node is Ready' }
    : { ok: false, detail: `the node has the taint ${taint.key} still` };
}
