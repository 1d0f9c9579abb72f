import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject, V1Node } from '@kubernetes/client-node';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import { type FaultInstance, type NodeTarget, targetName } from '../../contracts/plan.ts';
import { isReady } from '../../kubernetes/is-ready.ts';
import { endFields } from '../carrier/end-fields.ts';
import { injectTargets } from '../inject-targets.ts';
import { carrierPlace } from '../node/carrier-pod.ts';
import { refuseControlPlane } from '../node/control-plane.ts';
import { isBack } from '../node/lease.ts';
import { nodeCarriedVerbs } from '../node/node-carried.ts';
import { askNodeAgent, ensureNodeCarrier, nodeAbilities, readNodeCarrier, removeNodeCarrier, startUnheard } from '../node/node-carrier.ts';
import { nodeReference, refuseLastNodes } from '../node/nodes.ts';
import { claim, ownershipOf, readOwned, refuseOwned, release } from '../object-borne/ownership.ts';
import { nodeTargets } from '../targets.ts';
import { type FaultContext, type FaultVerbs, RefusedError } from '../verbs.ts';

const kind = 'kubelet';
const seenTimeoutMs = 90_000;
/** The agent goes with the machine, long before. */
const carrierLife = { seconds: 300, idleSeconds: 60 };

// What it is prepared by is as with every fault that an agent on the node does. Nothing holds, so the rest is other.
const carried = nodeCarriedVerbs({
  kind,
  mechanism: { mechanism: 'systemd-reboot', reason: 'SIGRTMIN+5 to systemd, the first process of the machine, which starts reboot.target' },
  async check(context, draft, nodes) {
    for (const node of nodes) refuseOwned(node, draft);
    await refuseLastNodes(context, draft);
    if (draft.parameters.controlPlaneNodes !== true) await refuseControlPlane(context, nodes);
  },
  async tryOut(context, _draft, _node, place) {
    const { restart } = await nodeAbilities(context, place);
    if (!restart.usable) throw new RefusedError(`node ${place.node} cannot be restarted: ${restart.reason}`);
  },
  start: () => Promise.reject(new Error('a restart is started by its own inject')),
});

/** Restarts nodes. Which boot of a node is meant is written on the node first, so that a repeated call restarts none twice. */
export const nodeRestart: FaultVerbs = {
  prepare: carried.prepare,
  inject,
  verify,
  revert,
  confirm,
  putBack: () => ({ patch: {}, detail: 'its mark was taken off: a restart ends by itself' }),
};

/** Of an instant, it has no deadline: but the mark on the node must have an end, should nobody come to take it off. */
const markMs = 10 * 60_000;

function inject(context: FaultContext, instance: FaultInstance): Promise<Injected> {
  const fault = instance.deadline > 0 ? instance : { ...instance, deadline: Date.now() + markMs };
  return injectTargets(fault, nodeTargets(fault), async (target) => {
    const change = (node: KubernetesObject) => ({ patch: {}, restore: { bootId: bootIdOf(node) } });
    const { object } = await claim(context, fault, nodeReference(target), change);
    const place = carrierPlace(fault, target, kind);
    const restarted = ownershipOf(object)?.restore.bootId !== bootIdOf(object);
    const told = (await readNodeCarrier(context, place))?.status?.containerStatuses?.some(({ state }) => state?.terminated !== undefined);
    if (restarted || told === true) return { at: Date.now(), detail: 'told to restart before' };
    await ensureNodeCarrier(context, fault, place, { ...carrierLife, deadline: fault.deadline });
    const ends = await endFields(fault, () => askNodeAgent(context, place, { op: 'ping' }));
    const held = await startUnheard(context, place, { id: fault.id, kind: 'node-restart', ...ends });
    return { at: held.startedAt || Date.now(), detail: held.evidence };
  });
}

/** In effect once the node is seen to be away, or to have come up anew. */
async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const end = Date.now() + seenTimeoutMs;
  for (;;) {
    const perTarget = await Promise.all(
      nodeTargets(fault).map(async (target) => ({ target: targetName(target), ...(await isRestarting(context, target)) })),
    );
    const ok = perTarget.every((entry) => entry.ok);
    if (ok || Date.now() > end) return { ok, at: Date.now(), perTarget };
    await delay(500, undefined, { signal: context.signal });
  }
}

async function isRestarting(context: FaultContext, target: NodeTarget): Promise<{ ok: boolean; detail: string }> {
  const node: V1Node = await readOwned(context, nodeReference(target));
  const before = ownershipOf(node)?.restore.bootId;
  const now = bootIdOf(node);
  if (before !== undefined && before !== now) return { ok: true, detail: `up anew: boot ${now}, before ${String(before)}` };
  return isReady(node) ? { ok: false, detail: `Ready, and boot ${now} still` } : { ok: true, detail: 'away: not Ready' };
}

async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const perTarget = await Promise.all(
    nodeTargets(fault).map(async (target) => {
      await release(context, fault, nodeReference(target), () => ({}));
      await removeNodeCarrier(context, carrierPlace(fault, target, kind));
      const detail = 'a restart ends by itself; the mark on the node was taken off';
      return { target: targetName(target), by: 'workflow' as const, at: Date.now(), detail };
    }),
  );
  return { revertedAt: Date.now(), revertedBy: 'workflow', perTarget };
}

async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const perTarget = await Promise.all(
    nodeTargets(fault).map(async (target) => {
      const pod = await readNodeCarrier(context, carrierPlace(fault, target, kind));
      const { ok, detail } = await isBack(context, target);
      if (pod === undefined) return { target: targetName(target), ok, detail };
      return { target: targetName(target), ok: false, detail: `squall's pod there has not ended yet; ${detail}` };
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

/** Changes with every boot. */
function bootIdOf(node: V1Node): string {
  return node.status?.nodeInfo?.bootID ?? '';
}
