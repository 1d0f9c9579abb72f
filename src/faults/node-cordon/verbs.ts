import { nodeObjectVerbs } from '../node/node-object-verbs.ts';
import { refuseLastNodes } from '../node/nodes.ts';
import { RefusedError } from '../verbs.ts';
import { cordon, isCordoned, uncordon } from './cordon.ts';

/** Keeps new pods off nodes. */
export const nodeCordon = nodeObjectVerbs({
  mechanism: 'api-cordon',
  reason: "the node's own field, spec.unschedulable",
  async check(context, draft, nodes) {
    const before = nodes.filter(({ spec }) => spec?.unschedulable === true).map(({ metadata }) => metadata?.name);
    if (before.length > 0) throw new RefusedError(`${before.join(', ')}: cordoned already, so that cordoning would test nothing`);
    await refuseLastNodes(context, draft);
  },
  change: (_fault, node) => cordon(node),
  undo: uncordon,
  isThere: (_fault, node) => isCordoned(node),
});
