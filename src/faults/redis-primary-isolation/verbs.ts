import { setTimeout as delay } from 'node:timers/promises';
import type { Parameters } from '../../contracts/campaign.ts';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { namedBySentinels, primaryOf } from '../../probes/redis/agreement.ts';
import type { GroupView, RedisGroup, RedisPod } from '../../probes/redis/group.ts';
import { confirmCarried, revertCarried, verifyCarried } from '../carrier/carried-fault.ts';
import { injectNetwork, prepareNetwork } from '../network/network-verbs.ts';
import { recorded } from '../record/fault-record.ts';
import { askTarget, seenOf, withGroup } from '../redis/ask.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { acknowledgedOf, leftovers, passOn, removeLeftovers, survivors, writeNumbered } from './numbered-writes.ts';

/**
 * Cuts a primary off from its replicas and Sentinels, and from nobody else: clients that know it go on writing to it
 * while another is elected. Squall is such a client, and counts what of its writes survives.
 */
export const redisPrimaryIsolation: FaultVerbs = recorded({
  prepare,
  inject,
  verify,
  revert,
  sweep: (context, fault) => revertCarried(context, fault, 'network'),
  confirm,
});

const impairment = { lossPercent: 100 };
/** Written each time the isolated primary is visited. */
const writesPerVisit = 100;
/** Sentinel gives a primary that is back some ten seconds before it makes it a replica. */
const reunionTimeoutMs = 60_000;
const askTimeoutMs = 10_000;

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const target = onlyTarget(draft);
  const peers = await withGroup(context, draft, async (look) => {
    const view = await look();
    const primary = primaryOf(view);
    if (primary.uid !== target.uid) throw new RefusedError(`${target.pod} is not the primary: ${primary.name} is`);
    return peersOf(view, target);
  });
  if (peers.length === 0) throw new RefusedError(`${target.pod} has neither replica nor Sentinel to be cut off from`);
  return prepareNetwork(context, filtered(draft, peers), impairment);
}

async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
  const target = onlyTarget(fault);
  const peers = await withGroup(context, fault, async (look) => peersOf(await look(), target));
  const injected = await injectNetwork(context, filtered(fault, peers), impairment);
  // An earlier attempt may have been here.
  if ((await askTarget(context, target, (redis) => acknowledgedOf(redis, fault.id))) === 0) await visit(context, fault, target);
  return injected;
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const target = onlyTarget(fault);
  const carried = await verifyCarried(context, fault, 'network');
  let told: string;
  try {
    told = `${await visit(context, fault, target)} of squall's own writes were acknowledged by it`;
  } catch (error) {
    context.signal.throwIfAborted();
    told = errorMessage(error);
  }
  return { ...carried, perTarget: carried.perTarget.map((entry) => ({ ...entry, detail: `${entry.detail}; ${told}` })) };
}

/** Writes some more from where the isolated primary is reached by its own clients. Answers how many it has acknowledged in all. */
function visit(context: FaultContext, fault: FaultInstance, target: PodTarget): Promise<number> {
  return askTarget(context, target, (redis) => writeNumbered(redis, fault.id, writesPerVisit, fault.deadline), { timeoutMs: askTimeoutMs });
}

/** Keeps the count where it survives, ends the isolation, awaits one primary, and counts. */
async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const target = onlyTarget(fault);
  const unkept = await keepCount(context, fault, target);
  const reverted = await revertCarried(context, fault, 'network');
  const outcome = await withGroup(context, fault, (look, group) => countLosses(context, fault, target, look, group));
  return { ...reverted, outcome: unkept === undefined ? outcome : `${outcome} (${unkept})` };
}

/** Answers why it could not: the end of the isolation must not wait for a count. */
async function keepCount(context: FaultContext, fault: FaultInstance, target: PodTarget): Promise<string | undefined> {
  try {
    const { isPrimary, count } = await askTarget(
      context,
      target,
      async (redis) => ({ isPrimary: (await redis.role())[0] === 'master', count: await acknowledgedOf(redis, fault.id) }),
      { timeoutMs: askTimeoutMs },
    );
    // Else an earlier attempt ended the isolation; what a replica knows, its primary knows.
    if (!isPrimary) return undefined;
    await withGroup(context, fault, async (look, group) => {
      const elected = electedBeside(await look(), target);
      if (elected === undefined) return;
      await group.ask(elected, askTimeoutMs, (redis) => passOn(redis, fault.id, count, fault.deadline));
    });
    return undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    return `how many writes ${target.pod} had acknowledged could not be kept: ${errorMessage(error)}`;
  }
}

async function countLosses(
  context: FaultContext,
  fault: FaultInstance,
  target: PodTarget,
  look: () => Promise<GroupView>,
  group: RedisGroup,
): Promise<string> {
  const primary = await awaitReunion(context, target, look);
  if (typeof primary === 'string') return `after ${reunionTimeoutMs / 1_000} s: ${primary}; the writes were not counted`;
  const { acknowledged, survived } = await group.ask(primary, askTimeoutMs, async (redis) => {
    const count = await acknowledgedOf(redis, fault.id);
    return { acknowledged: count, survived: await survivors(redis, fault.id, count) };
  });
  if (acknowledged === 0) return `${primary.name} is the primary; no write of squall's is known to have been acknowledged`;
  const who = primary.uid === target.uid ? `${primary.name} is still the primary` : `${primary.name} was elected`;
  return `${who}; ${acknowledged - survived} of ${acknowledged} acknowledged writes to ${target.pod} were lost`;
}

/** The primary, once there is one that all follow who were cut off; a text: what is still missing. */
async function awaitReunion(context: FaultContext, target: PodTarget, look: () => Promise<GroupView>): Promise<RedisPod | string> {
  const end = Date.now() + reunionTimeoutMs;
  for (;;) {
    const view = await look();
    // Sentinels go on naming the old primary for a while after they have made another: two of them are no reunion.
    const primary = primariesOf(view).length === 1 ? namedBySentinels(view) : undefined;
    const seen = seenOf(view, target);
    const apart =
      primary !== undefined && primary.uid !== target.uid && seen !== undefined && (seen.role !== 'replica' || seen.linkUp !== true);
    if (primary !== undefined && !apart) return primary;
    if (Date.now() > end)
      return primary === undefined
        ? 'there is no primary alone that the Sentinels name together'
        : `${target.pod} does not follow ${primary.name}`;
    await delay(500, undefined, { signal: context.signal });
  }
}

function primariesOf({ instances }: GroupView): RedisPod[] {
  return instances.filter(({ role, at }) => role === 'primary' && !at.terminating).map(({ at }) => at);
}

/** The primary that was made while this one was cut off; undefined: none, or none alone. */
function electedBeside(view: GroupView, target: PodTarget): RedisPod | undefined {
  const [elected, ...others] = primariesOf(view).filter(({ uid }) => uid !== target.uid);
  return others.length === 0 ? elected : undefined;
}

/** Nothing of it is left in the pod, and, once the writes are counted, none of squall's keys anywhere. */
async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const carried = await confirmCarried(context, fault, 'network');
  if (!carried.ok) return carried;
  const left = await withGroup(context, fault, async (look, group) => {
    const view = await look();
    const live = view.instances.filter(({ at }) => !at.terminating);
    for (const { role, at } of live) {
      if (role === 'primary') await group.ask(at, askTimeoutMs, (redis) => removeLeftovers(redis, fault.id));
    }
    const counts = await Promise.all(
      live.map(async ({ pod, at }) => ({ pod, keys: (await group.ask(at, askTimeoutMs, (redis) => leftovers(redis, fault.id))).length })),
    );
    return counts.filter(({ keys }) => keys > 0);
  });
  const ok = left.length === 0;
  const told = ok ? "none of squall's keys is left" : left.map(({ pod, keys }) => `${pod} has ${keys} of squall's keys`).join(', ');
  return { ok, at: Date.now(), perTarget: carried.perTarget.map((entry) => ({ ...entry, ok, detail: `${entry.detail}; ${told}` })) };
}

/** Addresses of the other instances, and of the Sentinels. */
function peersOf({ instances, sentinels }: GroupView, target: PodTarget): string[] {
  const redis = instances.filter(({ at }) => at.uid !== target.uid).map(({ at }) => at.ip);
  return [...new Set([...redis, ...sentinels.map(({ ip }) => ip)])].filter((ip) => ip !== '');
}

function filtered<T extends FaultDraft | FaultInstance>(fault: T, cidrs: string[]): T {
  const parameters: Parameters = { ...fault.parameters, direction: 'both', protocol: 'any', cidrs };
  return { ...fault, parameters };
}

function onlyTarget(fault: Pick<FaultInstance, 'targets' | 'id'>): PodTarget {
  const [target, ...others] = podTargets(fault);
  if (target === undefined || others.length > 0)
    throw new RefusedError(`${fault.targets.length} targets, expected one: a redis has one primary`);
  return target;
}
