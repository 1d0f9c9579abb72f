import { zoneLabel } from '../../kubernetes/nodes.ts';
import { isolationVerbs } from '../node/isolation.ts';
import { isSchedulable } from '../node/nodes.ts';
import { nodeTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, RefusedError } from '../verbs.ts';

/** Cuts every node of some zones off from everything that is not on it. */
export const zoneOutage = isolationVerbs(wholeZones);

/** An outage of a zone is of all its nodes, and leaves another that can take what has to go. */
async function wholeZones(context: FaultContext, draft: FaultDraft): Promise<void> {
  const targets = nodeTargets(draft);
  const nowhere = targets.filter(({ zone }) => zone === null).map(({ node }) => node);
  if (nowhere.length > 0) throw new RefusedError(`${nowhere.join(', ')}: without a label ${zoneLabel}, of no zone`);
  const zones = new Set(targets.map(({ zone }) => zone));
  const all = await context.cluster.listNodes(undefined, context.signal);
  const zoneOf = (labels: Record<string, string> | undefined) => labels?.[zoneLabel] ?? null;
  const missing = all.filter(
    ({ metadata }) =>
      zones.has(zoneOf(metadata?.labels)) && !targets.some(({ node, uid }) => node === metadata?.name && uid === metadata.uid),
  );
  const named = [...zones].sort().join(', ');
  if (missing.length > 0) {
    const names = missing.map(({ metadata }) => metadata?.name).join(', ');
    throw new RefusedError(
      `${names}: of ${named}, and not among the targets: an outage is of whole zones, chosen by target: { zones: [${named}] }`,
    );
  }
  const left = all.filter(
    (node) => zoneOf(node.metadata?.labels) !== null && !zones.has(zoneOf(node.metadata?.labels)) && isSchedulable(node),
  );
  if (left.length === 0) throw new RefusedError(`no Ready and schedulable node would be left in a zone other than ${named}`);
}
