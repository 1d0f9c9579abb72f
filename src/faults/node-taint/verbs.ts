import type { V1Node, V1Taint } from '@kubernetes/client-node';
import type { FaultInstance } from '../../contracts/plan.ts';
import { nodeObjectVerbs } from '../node/node-object-verbs.ts';
import { refuseLastNodes } from '../node/nodes.ts';
import { type FaultDraft, RefusedError } from '../verbs.ts';
import { readTaints, sameTaint, untaint } from './taint.ts';

/** Puts taints on nodes, and takes just these off again. */
export const nodeTaint = nodeObjectVerbs({
  mechanism: 'api-taint',
  reason: "the node's own list, spec.taints",
  async check(context, draft, nodes) {
    for (const node of nodes) {
      const there = taintsOf(draft).filter((taint) => hasTaint(node, taint));
      if (there.length === 0) continue;
      throw new RefusedError(`${node.metadata?.name} has a taint ${there.map(({ key, effect }) => `${key}:${effect}`).join(', ')} already`);
    }
    await refuseLastNodes(context, draft);
  },
  change: (fault, node) => ({
    patch: { spec: { taints: [...(node.spec?.taints ?? []), ...taintsOf(fault)] } },
    restore: { taints: fault.parameters.taints },
  }),
  undo: untaint,
  isThere(fault, node) {
    const missing = taintsOf(fault).filter((taint) => !hasTaint(node, taint));
    const all = (node.spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value === undefined ? '' : `=${value}`}:${effect}`);
    return { there: missing.length === 0, detail: `its taints are ${all.join(', ') || 'none'}` };
  },
});

function taintsOf({ parameters }: FaultInstance | FaultDraft): V1Taint[] {
  return readTaints(parameters.taints);
}

function hasTaint({ spec }: V1Node, taint: V1Taint): boolean {
  return spec?.taints?.some((one) => sameTaint(one, taint)) ?? false;
}
