import { z } from 'zod';
import type { Parameters } from '../../contracts/campaign.ts';
import type { PodTarget } from '../../contracts/plan.ts';
import type { Abilities } from '../carrier/agent-protocol.ts';
import { agentFaultSchema } from '../carrier/agent-protocol.ts';
import { confirmCarried, injectAll, revertCarried, verifyCarried } from '../carrier/carried-fault.ts';
import { askCarrier, ensureCarrier } from '../carrier/carrier.ts';
import { endFields } from '../carrier/end-fields.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** A fault that a proxy in the agent does to what is redirected to it. */
interface Redirected {
  /** what the agent has to be able to do */
  ability: 'redirect' | 'redirect-dns';
  /** the fields of the agent's request (`agent/README.md`), from the effective parameters */
  request(parameters: Parameters): { kind: string } & Record<string, unknown>;
  /** the port of the target that connections come for; something has to listen there */
  port?(parameters: Parameters): number;
}

/** The verbs of such a fault. */
export function redirectVerbs(fault: Redirected): FaultVerbs {
  return {
    prepare: (context, draft) => prepare(context, draft, fault),
    inject: (context, instance) =>
      injectAll(instance, async (target) => {
        const ends = await endFields(instance, () => askCarrier(context, target, 'network', { op: 'ping' }));
        const request = { op: 'start', id: instance.id, ...ends, ...fault.request(instance.parameters) };
        const status = agentFaultSchema.parse((await askCarrier(context, target, 'network', request)).fault);
        return { at: status.startedAt || Date.now(), detail: status.evidence };
      }),
    verify: (context, instance) => verifyCarried(context, instance, 'network'),
    revert: (context, instance) => revertCarried(context, instance, 'network'),
    confirm: (context, instance) => confirmCarried(context, instance, 'network'),
  };
}

async function prepare(context: FaultContext, draft: FaultDraft, { ability, port, request }: Redirected): Promise<Mechanism> {
  const wanted = port?.(draft.parameters);
  const found = await Promise.all(
    podTargets(draft).map(async (target) => {
      const { abilities } = await ensureCarrier(context, target, 'network');
      const listening = wanted === undefined ? [] : await listeningPorts(context, target);
      return { pod: target.pod, ability: abilities.network[ability], listening };
    }),
  );
  const without = found.filter(({ ability: { usable } }) => !usable);
  if (without.length > 0) throw new RefusedError(lacking(request(draft.parameters).kind, without));
  if (wanted !== undefined) {
    const deaf = found.filter(({ listening }) => !listening.includes(wanted));
    if (deaf.length > 0) {
      const list = deaf.map(({ pod, listening }) => `${pod} listens on ${listening.join(', ') || 'none'}`).join('; ');
      throw new RefusedError(`nothing in the pod listens on port ${wanted}, the container's and not the Service's: ${list}`);
    }
  }
  return { mechanism: 'redirect', reason: 'the kernel redirects to a proxy of the agent in every target' };
}

function lacking(kind: string, without: { pod: string; ability: Abilities['network']['redirect'] }[]): string {
  const byReason = Map.groupBy(without, ({ ability: { reason } }) => reason);
  const reasons = [...byReason].map(([reason, those]) => `${reason} (${those.map(({ pod }) => pod).join(', ')})`);
  return `${kind.toUpperCase()} cannot be redirected here. ${reasons.join('; ')}`;
}

const portsSchema = z.object({ listening: z.array(z.number()) });

async function listeningPorts(context: FaultContext, target: PodTarget): Promise<number[]> {
  return portsSchema.parse(await askCarrier(context, target, 'network', { op: 'ports' })).listening;
}
