import { isIP } from 'node:net';
import type { Parameters } from '../../contracts/campaign.ts';
import type { Injected, ReadBack } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { confirmCarried, revertCarried, verifyCarried } from '../carrier/carried-fault.ts';
import { injectNetwork, prepareNetwork } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import { askTarget, infoOf } from '../redis/ask.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Delays what a replica is sent by its primary, and nothing else: it applies every write late, and serves what was. */
export const redisReplicaLag: FaultVerbs = {
  prepare,
  inject,
  verify,
  revert: (context, fault) => revertCarried(context, fault, 'network'),
  confirm: (context, fault) => confirmCarried(context, fault, 'network'),
};

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  for (const target of podTargets(draft)) await streamOf(context, target);
  const filter = { direction: 'ingress', protocol: 'tcp' };
  return prepareNetwork(context, { ...draft, parameters: { ...draft.parameters, ...filter } }, impairmentOf(draft));
}

/** Each replica by itself: they need not have the same primary. */
async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
  const each = await Promise.all(
    podTargets(fault).map(async (target) => {
      const parameters = { ...fault.parameters, ...(await streamOf(context, target)) };
      return injectNetwork(context, { ...fault, targets: [target], parameters }, impairmentOf(fault));
    }),
  );
  return { injectedAt: Math.min(...each.map(({ injectedAt }) => injectedAt)), perTarget: each.flatMap(({ perTarget }) => perTarget) };
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const carried = await verifyCarried(context, fault, 'network');
  const perTarget = await Promise.all(
    carried.perTarget.map(async (entry) => {
      const target = podTargets(fault).find(({ pod }) => pod === entry.target);
      return target === undefined ? entry : { ...entry, detail: `${entry.detail}; ${await tellOffset(context, target)}` };
    }),
  );
  return { ...carried, perTarget };
}

/** Which packets are its primary's stream: by the address it knows the primary by, a Service's too. */
async function streamOf(context: FaultContext, target: PodTarget): Promise<Parameters> {
  const info = await askTarget(context, target, infoOf).catch((error: unknown) => {
    context.signal.throwIfAborted();
    throw new RefusedError(`${target.pod}: ${errorMessage(error)}`, { cause: error });
  });
  const host = info.get('master_host');
  if (info.get('role') !== 'slave' || host === undefined)
    throw new RefusedError(`${target.pod} is no replica: it has nothing to lag behind`);
  if (info.get('master_link_status') !== 'up') throw new RefusedError(`${target.pod} has lost its link to ${host} before any fault`);
  const where: Parameters = isIP(host) === 0 ? { hosts: [host] } : { cidrs: [host] };
  return { ...where, direction: 'ingress', protocol: 'tcp', ports: [info.get('master_port') ?? '6379'] };
}

async function tellOffset(context: FaultContext, target: PodTarget): Promise<string> {
  try {
    const info = await askTarget(context, target, infoOf);
    return `it has applied up to ${info.get('slave_repl_offset')}, the last it heard of its primary was ${info.get('master_last_io_seconds_ago')} s ago`;
  } catch (error) {
    context.signal.throwIfAborted();
    return errorMessage(error);
  }
}

function impairmentOf({ parameters }: Pick<FaultInstance, 'parameters'>) {
  return { delayMs: readParameter(parameters, 'lagMs', 'number') };
}
