import type { FaultInstance } from '../../contracts/plan.ts';
import { agentFaultSchema } from '../carrier/agent-protocol.ts';
import { confirmCarried, injectAll, revertCarried, timeToLive, verifyCarried } from '../carrier/carried-fault.ts';
import { askCarrier, ensureCarrier } from '../carrier/carrier.ts';
import { readParameter } from '../read-parameter.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Delays what leaves the pod's interface: by netem where every target's kernel has it, else by a userspace queue. */
export const podNetworkLatency: FaultVerbs = {
  prepare,
  inject,
  verify: (context, fault) => verifyCarried(context, fault, 'network'),
  revert: (context, fault) => revertCarried(context, fault, 'network'),
  confirm: (context, fault) => confirmCarried(context, fault, 'network'),
};

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const device = readParameter(draft.parameters, 'interface', 'string');
  const found = await Promise.all(
    podTargets(draft).map(async (target) => ({ pod: target.pod, abilities: (await ensureCarrier(context, target, 'network')).abilities })),
  );
  const without = found.filter((entry) => !entry.abilities.interfaces.includes(device));
  if (without.length > 0) {
    const list = without.map((entry) => `${entry.pod} has ${entry.abilities.interfaces.join(', ')}`).join('; ');
    throw new RefusedError(`interface ${device} is not in every target: ${list}`);
  }
  const lacksNetem = found.filter((entry) => !entry.abilities.network.netem.usable);
  if (lacksNetem.length === 0) return { mechanism: 'netem', reason: 'every target has netem' };
  const lacksQueue = found.filter((entry) => !entry.abilities.network.nfqueue.usable);
  const why = `netem: ${reasons(lacksNetem, 'netem')}`;
  if (lacksQueue.length === 0) return { mechanism: 'nfqueue', reason: why };
  throw new RefusedError(`no mechanism can delay packets here. ${why}. nfqueue: ${reasons(lacksQueue, 'nfqueue')}`);
}

function reasons(
  entries: { pod: string; abilities: { network: Record<'netem' | 'nfqueue', { reason: string }> } }[],
  name: 'netem' | 'nfqueue',
): string {
  const byReason = Map.groupBy(entries, (entry) => entry.abilities.network[name].reason);
  return [...byReason].map(([reason, those]) => `${reason} (${those.map((entry) => entry.pod).join(', ')})`).join('; ');
}

function inject(context: FaultContext, fault: FaultInstance) {
  return injectAll(fault, async (target) => {
    const answer = await askCarrier(context, target, 'network', {
      op: 'start',
      id: fault.id,
      kind: 'network',
      ttlMs: timeToLive(fault),
      interface: readParameter(fault.parameters, 'interface', 'string'),
      delayMs: readParameter(fault.parameters, 'latencyMs', 'number'),
      jitterMs: readParameter(fault.parameters, 'jitterMs', 'number'),
      mechanism: fault.mechanism,
    });
    const status = agentFaultSchema.parse(answer.fault);
    return { at: status.startedAt || Date.now(), detail: status.evidence };
  });
}
