import { setTimeout as delay } from 'node:timers/promises';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { namedBySentinels, notFollowing, primaryOf } from '../../probes/redis/agreement.ts';
import type { GroupView, SeenSentinel } from '../../probes/redis/group.ts';
import { PodConnections } from '../../probes/redis/pod-connections.ts';
import { sentinelPort } from '../../probes/redis/recognise.ts';
import { seenOf, withGroup } from '../redis/ask.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Has Sentinel make another instance the primary, without any being away. There is nothing to undo. */
export const redisFailover: FaultVerbs = { prepare, inject, verify, revert, confirm };

const moveTimeoutMs = 20_000;
const askTimeoutMs = 5_000;

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const target = onlyTarget(draft);
  return withGroup(context, draft, async (look) => {
    const view = await look();
    const [sentinel] = answering(view);
    if (sentinel === undefined) throw new RefusedError('no Sentinel watches this redis: nobody would move its primary');
    const primary = primaryOf(view);
    if (primary.uid !== target.uid) throw new RefusedError(`${target.pod} is not the primary: ${primary.name} is`);
    const replicas = view.instances.filter(({ at }) => at.uid !== primary.uid);
    const able = replicas.filter((instance) => notFollowing(instance, primary, view) === undefined);
    if (able.length === 0) {
      const why = replicas.map((instance) => notFollowing(instance, primary, view)).join('; ');
      throw new RefusedError(`no replica could become the primary: ${why === '' ? 'there is none' : why}`);
    }
    return { mechanism: 'sentinel-failover', reason: `Sentinel ${sentinel.pod} watches it as ${sentinel.master?.name}` };
  });
}

async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
  const target = onlyTarget(fault);
  return withGroup(context, fault, async (look) => {
    const view = await look();
    const at = Date.now();
    const named = namedBySentinels(view);
    if (named !== undefined && named.uid !== target.uid) {
      return { injectedAt: at, perTarget: [{ target: target.pod, at, detail: `${named.name} is the primary already` }] };
    }
    const detail = await askForFailover(context, fault, view);
    return { injectedAt: at, perTarget: [{ target: target.pod, at, detail }] };
  });
}

/** Any Sentinel may be asked; the first that agrees is enough. */
async function askForFailover(context: FaultContext, fault: FaultInstance, view: GroupView): Promise<string> {
  const refusals: string[] = [];
  await using connections = new PodConnections(context.cluster, context.reach);
  const pods = await context.cluster.listPods(fault.namespace, undefined, context.signal);
  for (const { pod, ip, master } of answering(view)) {
    const uid = pods.find(({ metadata }) => metadata?.name === pod)?.metadata?.uid;
    if (uid === undefined || master === null) continue;
    const place = { namespace: fault.namespace, name: pod, uid, ip };
    try {
      await connections.ask(place, sentinelPort, askTimeoutMs, (redis) => redis.call('SENTINEL', 'FAILOVER', master.name));
      return `Sentinel ${pod} has begun a failover of ${master.name}`;
    } catch (error) {
      const message = errorMessage(error);
      if (message.startsWith('INPROG')) return `Sentinel ${pod} is at a failover of ${master.name} already`;
      refusals.push(`${pod}: ${message}`);
    }
  }
  throw new Error(`no Sentinel would begin a failover: ${refusals.join('; ') || 'none answers'}`);
}

/** In effect when another instance says it is the primary, and the Sentinels name it. */
async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const target = onlyTarget(fault);
  const end = Date.now() + moveTimeoutMs;
  return withGroup(context, fault, async (look) => {
    for (;;) {
      const view = await look();
      const named = namedBySentinels(view);
      const seen = view.instances.find(({ at }) => at.uid === named?.uid);
      const ok = named !== undefined && named.uid !== target.uid && seen?.role === 'primary';
      if (ok || Date.now() > end) {
        return { ok, at: Date.now(), perTarget: [{ target: target.pod, ok, detail: `Sentinels name ${named?.name ?? 'nobody'}` }] };
      }
      await delay(200, undefined, { signal: context.signal });
    }
  });
}

async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const target = onlyTarget(fault);
  const now = await withGroup(context, fault, async (look) => namedBySentinels(await look())?.name);
  const at = Date.now();
  const detail = 'nothing to undo: one primary is as good as another';
  return {
    revertedAt: at,
    revertedBy: 'workflow',
    outcome: now === undefined ? 'the Sentinels name no primary together' : `${now} is the primary now, ${target.pod} was`,
    perTarget: [{ target: target.pod, by: 'workflow', at, detail }],
  };
}

/** Over when no Sentinel is at it any more, and the target, if it is still there, follows. */
async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const target = onlyTarget(fault);
  return withGroup(context, fault, async (look) => {
    const view = await look();
    const busy = answering(view).filter(({ master }) => master?.flags.includes('failover_in_progress'));
    const seen = seenOf(view, target);
    const named = namedBySentinels(view);
    const twice = seen?.role === 'primary' && named?.uid !== target.uid;
    const detail =
      busy.length > 0
        ? `Sentinel ${busy.map(({ pod }) => pod).join(', ')} is still at the failover`
        : twice
          ? `${target.pod} still says it is the primary`
          : `no failover is under way; Sentinels name ${named?.name ?? 'nobody'}`;
    const ok = busy.length === 0 && !twice;
    return { ok, at: Date.now(), perTarget: [{ target: target.pod, ok, detail }] };
  });
}

function answering({ sentinels }: GroupView): SeenSentinel[] {
  return sentinels.filter(({ master }) => master !== null);
}

function onlyTarget(fault: Pick<FaultInstance, 'id' | 'targets'>): PodTarget {
  const [target, ...others] = podTargets(fault);
  if (target === undefined || others.length > 0) {
    throw new RefusedError(`${fault.targets.length} targets, expected one: a redis has one primary`);
  }
  return target;
}
