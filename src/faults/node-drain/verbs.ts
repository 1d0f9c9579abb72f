import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { matchesLabels } from '../../campaign/label-selector.ts';
import type { FaultInstance, NodeTarget } from '../../contracts/plan.ts';
import { injectTargets } from '../inject-targets.ts';
import { nodeObjectVerbs } from '../node/node-object-verbs.ts';
import { nodeReference, refuseLastNodes } from '../node/nodes.ts';
import { cordon, isCordoned, uncordon } from '../node-cordon/cordon.ts';
import { claim } from '../object-borne/ownership.ts';
import { readParameter } from '../read-parameter.ts';
import { nodeTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, RefusedError } from '../verbs.ts';
import { type Drain, drainOf } from './drainable.ts';

const cordoning = nodeObjectVerbs({
  mechanism: 'api-drain',
  reason: 'a cordon on the node, then evictions, which disruption budgets may delay or forbid',
  async check(context, draft) {
    await refuseLastNodes(context, draft);
    for (const target of nodeTargets(draft)) refuseUndrainable(target, await podsOn(context, draft, target));
  },
  change: (_fault, node) => cordon(node),
  undo: uncordon,
  isThere: (_fault, node) => isCordoned(node),
});

/** Cordons nodes and evicts what is on them. Undone, the nodes take pods again; what has moved stays where it went. */
export const nodeDrain: FaultVerbs = { ...cordoning, inject, verify };

const retryMs = 1_000;

interface Sorted {
  pod: V1Pod;
  drain: Drain;
}

async function podsOn(context: FaultContext, { parameters }: FaultDraft, { node }: NodeTarget): Promise<Sorted[]> {
  const options = {
    deleteEmptyDirData: readParameter(parameters, 'deleteEmptyDirData', 'boolean'),
    force: readParameter(parameters, 'force', 'boolean'),
  };
  const selector = parameters.podSelector;
  const pods: V1Pod[] = await context.cluster.listObjects(
    { apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` },
    context.signal,
  );
  return pods
    .filter(({ metadata }) => typeof selector !== 'string' || matchesLabels(selector, metadata?.labels ?? {}))
    .map((pod) => ({ pod, drain: drainOf(pod, options) }));
}

function refuseUndrainable({ node }: NodeTarget, pods: Sorted[]): void {
  const held = pods.flatMap(({ pod, drain }) => (drain.kind === 'refuse' ? [`${nameOf(pod)} ${drain.why}`] : []));
  if (held.length > 0) throw new RefusedError(`node ${node} cannot be drained: ${held.join('; ')}`);
}

function inject(context: FaultContext, fault: FaultInstance) {
  return injectTargets(fault, nodeTargets(fault), async (target) => {
    await claim(context, fault, nodeReference(target), cordon);
    const { evicted, blocked } = await evictAll(context, fault, target);
    const at = Date.now();
    if (blocked.length === 0) return { at, detail: `cordoned; ${evicted} pods evicted` };
    return { at, detail: `cordoned; ${evicted} pods evicted, ${blocked.length} not: ${blocked.join('; ')}` };
  });
}

/** Until everything is on its way out, or the time for it is over: a disruption budget may let one pod go after another. */
async function evictAll(context: FaultContext, fault: FaultInstance, target: NodeTarget): Promise<{ evicted: number; blocked: string[] }> {
  const end = Math.min(Date.now() + readParameter(fault.parameters, 'timeoutMs', 'number'), fault.endsAt);
  const grace = fault.parameters.gracePeriodSeconds;
  const gone = new Set<string>();
  for (;;) {
    const left = (await podsOn(context, fault, target)).flatMap(({ pod, drain }) => (drain.kind === 'evict' ? [pod] : []));
    const outcomes = await Promise.all(
      left.map(async (pod) => {
        const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
        const result = await context.cluster.evictPod(
          { namespace, name, uid },
          typeof grace === 'number' ? grace : undefined,
          context.signal,
        );
        if (result.outcome === 'blocked') return [`${nameOf(pod)}: ${result.reason}`];
        gone.add(uid);
        return [];
      }),
    );
    const blocked = outcomes.flat();
    if (blocked.length === 0 || Date.now() + retryMs > end) return { evicted: gone.size, blocked };
    await delay(retryMs, undefined, { signal: context.signal });
  }
}

/** In effect: cordoned, and nothing is left on the node that a drain takes away. */
async function verify(context: FaultContext, fault: FaultInstance) {
  const cordoned = await cordoning.verify(context, fault);
  const perTarget = await Promise.all(
    nodeTargets(fault).map(async (target, index) => {
      const entry = cordoned.perTarget[index] ?? { target: target.node, ok: false, detail: 'not read' };
      const left = (await podsOn(context, fault, target)).flatMap(({ pod, drain }) => (drain.kind === 'evict' ? [nameOf(pod)] : []));
      const pods = left.length === 0 ? 'no pod to evict is left on it' : `still on it: ${left.join(', ')}`;
      return { ...entry, ok: entry.ok && left.length === 0, detail: `${entry.detail}; ${pods}` };
    }),
  );
  return { ok: perTarget.every(({ ok }) => ok), at: Date.now(), perTarget };
}

function nameOf({ metadata }: V1Pod): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
