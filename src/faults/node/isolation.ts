import type { V1Node } from '@kubernetes/client-node';
import { endFields } from '../carrier/end-fields.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, RefusedError } from '../verbs.ts';
import { apiServerAddresses, refuseControlPlane } from './control-plane.ts';
import { isBack, isSilent } from './lease.ts';
import { nodeCarriedVerbs } from './node-carried.ts';
import { askNodeAgent, nodeAbilities, startUnheard } from './node-carrier.ts';
import { refuseLastNodes } from './nodes.ts';

/** Verbs of a fault that cuts nodes off. `check`: what forbids it, beyond what forbids cutting off any node; throws RefusedError. */
export function isolationVerbs(check?: (context: FaultContext, draft: FaultDraft, nodes: V1Node[]) => Promise<void>): FaultVerbs {
  return nodeCarriedVerbs({
    kind: 'network',
    mechanism: {
      mechanism: 'drop',
      reason: "rules in the node's network namespace that the kernel removes with the agent; its control port is left open to end it early",
    },
    async check(context, draft, nodes) {
      await check?.(context, draft, nodes);
      await refuseLastNodes(context, draft);
      if (draft.parameters.controlPlaneNodes !== true) await refuseControlPlane(context, nodes);
      await request(context, draft, nodes);
    },
    async tryOut(context, _draft, _node, place) {
      const { isolate } = await nodeAbilities(context, place);
      if (!isolate.usable) throw new RefusedError(`node ${place.node}: ${isolate.reason}`);
    },
    async start(context, fault, node, place) {
      const asked = await request(context, fault, [node]);
      const ends = await endFields(fault, () => askNodeAgent(context, place, { op: 'ping' }));
      const held = await startUnheard(context, place, { id: fault.id, kind: 'node-isolate', ...ends, ...asked });
      return { at: held.startedAt || Date.now(), detail: held.evidence };
    },
    outside: isSilent,
    recovered: isBack,
  });
}

/** The agent's fields for it. Throws RefusedError when there is nothing to cut off. */
async function request(context: FaultContext, { parameters }: FaultDraft, nodes: readonly V1Node[]): Promise<Record<string, unknown>> {
  const { scope = 'everything', addresses, exceptCidrs } = parameters;
  const spared = Array.isArray(exceptCidrs) ? { exceptCidrs } : {};
  if (scope === 'everything') {
    const own = nodes.map(({ metadata, status }) => ({
      name: metadata?.name,
      nodeAddresses: (status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : [])),
    }));
    const without = own.find(({ nodeAddresses }) => nodeAddresses.length === 0);
    if (without !== undefined) throw new RefusedError(`node ${without.name} has no InternalIP, by which its interface would be known`);
    return { scope, nodeAddresses: own.flatMap(({ nodeAddresses }) => nodeAddresses), ...spared };
  }
  const cidrs = [...new Set([...(await apiServerAddresses(context)), ...(Array.isArray(addresses) ? addresses : [])])];
  if (cidrs.length === 0) throw new RefusedError('the cluster does not tell where its API servers are: give their addresses');
  return { scope: 'addresses', cidrs, ...spared };
}
