import { z } from 'zod';
import type { Parameters } from '../../contracts/campaign.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { AgentError, agentFaultSchema } from '../carrier/agent-protocol.ts';
import { confirmCarried, injectAll, revertCarried, verifyCarried } from '../carrier/carried-fault.ts';
import { askCarrier, ensureCarrier } from '../carrier/carrier.ts';
import { endFields } from '../carrier/end-fields.ts';
import { readParameter } from '../read-parameter.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { chooseMechanism, explain, type Found } from './choose-mechanism.ts';
import { filterFields, type Impairment, peerAddresses } from './network-request.ts';

const listSchema = z.object({
  faults: z.array(z.object({ id: z.string(), state: z.string(), mechanism: z.string().nullish(), interface: z.string().nullish() })),
});

/** The verbs of a fault that the agent does to packets. `impairment` says what, from the effective parameters. */
export function networkVerbs(impairment: (parameters: Parameters) => Impairment): FaultVerbs {
  return {
    prepare: (context, draft) => prepareNetwork(context, draft, impairment(draft.parameters)),
    inject: (context, fault) => injectNetwork(context, fault, impairment(fault.parameters)),
    verify: (context, fault) => verifyCarried(context, fault, 'network'),
    revert: (context, fault) => revertCarried(context, fault, 'network'),
    confirm: (context, fault) => confirmCarried(context, fault, 'network'),
  };
}

/** Chooses a mechanism that every target has. Throws RefusedError with every mechanism's reason when there is none. */
export async function prepareNetwork(context: FaultContext, draft: FaultDraft, impairment: Impairment): Promise<Mechanism> {
  const device = readParameter(draft.parameters, 'interface', 'string');
  const found = await Promise.all(podTargets(draft).map((target) => lookInto(context, draft, target, device)));
  const without = found.filter(({ interfaces }) => !interfaces.includes(device));
  if (without.length > 0) {
    const list = without.map(({ pod, interfaces }) => `${pod} has ${interfaces.join(', ')}`).join('; ');
    throw new RefusedError(`interface ${device} is not in every target: ${list}`);
  }
  const choice = chooseMechanism(impairment, readParameter(draft.parameters, 'direction', 'string'), found);
  if (choice.mechanism !== undefined) return { mechanism: choice.mechanism, reason: explain(choice) };
  const reasons = choice.refused.map(({ mechanism, why }) => `${mechanism}: ${why}`).join('. ');
  throw new RefusedError(`no mechanism can do this to packets here. ${reasons}`);
}

async function lookInto(
  context: FaultContext,
  draft: FaultDraft,
  target: PodTarget,
  device: string,
): Promise<Found & { interfaces: string[] }> {
  const { abilities } = await ensureCarrier(context, target, 'network');
  if (draft.parameters.peers !== undefined) {
    try {
      await peerAddresses(context, target, readParameter(draft.parameters, 'peers', 'string'));
    } catch (error) {
      throw new RefusedError(errorMessage(error), { cause: error });
    }
  }
  const { faults } = listSchema.parse(await askCarrier(context, target, 'network', { op: 'list' }));
  const others = faults.filter((fault) => fault.state === 'active' && fault.interface === device && fault.id !== draft.id);
  const held = others.flatMap((fault) => fault.mechanism ?? []);
  return { pod: target.pod, network: abilities.network, interfaces: abilities.interfaces, held };
}

/** Starts it in every target's agent. Where another fault has taken the qdisc since, by the agent's queue, which adds to it. */
export function injectNetwork(context: FaultContext, fault: FaultInstance, impairment: Impairment) {
  return injectAll(fault, async (target) => {
    const request = {
      op: 'start',
      id: fault.id,
      kind: 'network',
      ...impairment,
      ...(await filterFields(context, fault.parameters, target)),
      ...(await endFields(fault, () => askCarrier(context, target, 'network', { op: 'ping' }))),
    };
    const start = (mechanism: string) => askCarrier(context, target, 'network', { ...request, mechanism });
    let answer: Record<string, unknown>;
    try {
      answer = await start(fault.mechanism);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'occupied') throw error;
      answer = await start('nfqueue');
    }
    const status = agentFaultSchema.parse(answer.fault);
    return { at: status.startedAt || Date.now(), detail: status.evidence };
  });
}
