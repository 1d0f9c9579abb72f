import { endFields } from '../carrier/end-fields.ts';
import { refuseControlPlane } from '../node/control-plane.ts';
import { isBack, isSilent } from '../node/lease.ts';
import { nodeCarriedVerbs } from '../node/node-carried.ts';
import { askNodeAgent, nodeAbilities, startUnheard } from '../node/node-carrier.ts';
import { refuseLastNodes } from '../node/nodes.ts';
import { RefusedError } from '../verbs.ts';

/** Freezes the kubelet of nodes: their pods go on, and nobody looks after them. */
export const kubeletServiceKill = nodeCarriedVerbs({
  kind: 'kubelet',
  mechanism: { mechanism: 'ptrace', reason: 'every thread of the kubelet in a tracing stop, from which it runs on when its tracer dies' },
  async check(context, draft, nodes) {
    await refuseLastNodes(context, draft);
    if (draft.parameters.controlPlaneNodes !== true) await refuseControlPlane(context, nodes);
  },
  async tryOut(context, _draft, _node, place) {
    const { freeze } = await nodeAbilities(context, place);
    if (!freeze.usable) throw new RefusedError(`node ${place.node}: its kubelet cannot be frozen: ${freeze.reason}`);
  },
  async start(context, fault, _node, place) {
    const ends = await endFields(fault, () => askNodeAgent(context, place, { op: 'ping' }));
    const held = await startUnheard(context, place, { id: fault.id, kind: 'kubelet-freeze', ...ends });
    return { at: held.startedAt || Date.now(), detail: held.evidence };
  },
  outside: isSilent,
  recovered: isBack,
});
