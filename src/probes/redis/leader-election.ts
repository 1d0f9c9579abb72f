import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProbeSpec } from '../../contracts/campaign.ts';
import type { Sample } from '../../contracts/evidence.ts';
import { errorMessage } from '../../error-message.ts';
import type { OpenProbe, ProbeContext, ProbeExtra } from '../probe.ts';
import { judge } from '../tolerance.ts';
import { namedBySentinels, notFollowing } from './agreement.ts';
import type { GroupView, RedisGroup, RedisPod } from './group.ts';
import { openGroup } from './open-group.ts';

const pollMs = 100;
// A pod on its way out answers nothing; it must not hold up what is asked of the others.
const askTimeoutMs = 500;
const keySeconds = 60;

/** When each stage of an election was first seen, ms since the epoch. */
interface Stages {
  sentinelSwitchedAt: number | null;
  firstWriteAt: number | null;
  agreedAt: number | null;
  electedAt: number | null;
}

/**
 * Seconds from the fault to the first acknowledged write on the new primary after Sentinel and every
 * replica that answers name it. A sample takes as long as the election does, or until its signal aborts.
 *
 * The new primary is another pod, or the same with another redis in it (another run id).
 */
export function openLeaderElectionProbe(spec: ProbeSpec, context: ProbeContext, { election }: ProbeExtra): OpenProbe {
  if (election === null) throw new Error(`probe ${spec.name}: no primary was known before the fault, so no election can be told`);
  const { since, primaryPod, primaryRunId } = election;
  const group = openGroup(context);
  const key = `squall:probe:${randomUUID()}`;
  const stages: Stages = { sentinelSwitchedAt: null, firstWriteAt: null, agreedAt: null, electedAt: null };
  let elected: RedisPod | undefined;
  let votes = '';
  let lastError: string | null = null;

  /** One round of questions; true: the election is over. */
  async function poll(signal: AbortSignal): Promise<boolean> {
    const view = await group.look(askTimeoutMs, 'last-known', signal);
    const candidate = newPrimary(view, primaryPod, primaryRunId);
    if (candidate === undefined) return false;
    // Sentinels may change their mind: what was seen of another is not of this one.
    if (elected !== undefined && elected.uid !== candidate.uid) Object.assign(stages, { firstWriteAt: null, agreedAt: null });
    elected = candidate;
    stages.sentinelSwitchedAt ??= Date.now();
    const agreed = isAgreed(view, candidate);
    if (agreed) stages.agreedAt ??= Date.now();
    votes = countVotes(view, candidate);
    const acknowledged = await writes(group, candidate, key);
    if (acknowledged) stages.firstWriteAt ??= Date.now();
    if (!agreed || !acknowledged) return false;
    stages.electedAt = Date.now();
    return true;
  }

  return {
    unit: 's',
    get reach() {
      return group.via;
    },
    async sample(signal): Promise<Sample> {
      for (;;) {
        const next = Date.now() + pollMs;
        try {
          if (stages.electedAt !== null || (await poll(signal))) break;
        } catch (error) {
          // The API server, too, may be away for a moment during an election.
          signal.throwIfAborted();
          lastError = errorMessage(error);
        }
        await delay(Math.max(0, next - Date.now()), undefined, { signal });
      }
      const at = stages.electedAt ?? Date.now();
      const value = (at - since) / 1000;
      return { at, ok: judge(spec.tolerance, { value }), value };
    },
    detail: () => ({
      oldPrimary: primaryPod,
      newPrimary: elected?.name ?? null,
      sentinelSwitchedSeconds: secondsSince(since, stages.sentinelSwitchedAt),
      firstWriteSeconds: secondsSince(since, stages.firstWriteAt),
      agreedSeconds: secondsSince(since, stages.agreedAt),
      electedSeconds: secondsSince(since, stages.electedAt),
      votes,
      lastError,
    }),
    [Symbol.asyncDispose]: () => group[Symbol.asyncDispose](),
  };
}

/** Whom the Sentinels or, where none watches, the instances have made primary instead of the old one. */
export function newPrimary(view: GroupView, oldPod: string, oldRunId: string): RedisPod | undefined {
  const primaries = view.instances.filter(({ role, at, runId }) => role === 'primary' && !at.terminating && runId !== oldRunId);
  if (view.sentinels.length === 0) return primaries.length === 1 ? primaries[0]?.at : undefined;
  const named = namedBySentinels(view);
  if (named === undefined) return undefined;
  // Under the old one's name it may still be the old one.
  return named.name !== oldPod || primaries.some(({ at }) => at.uid === named.uid) ? named : undefined;
}

/** Whether the candidate says it is the primary, and every other instance that answers follows it. Pods that terminate have no say. */
export function isAgreed(view: GroupView, candidate: RedisPod): boolean {
  const answering = view.instances.filter(({ role, at }) => role !== 'unreachable' && !at.terminating);
  const self = answering.find(({ at }) => at.uid === candidate.uid);
  if (self?.role !== 'primary') return false;
  return answering.every((instance) => instance === self || notFollowing(instance, candidate, view) === undefined);
}

function countVotes(view: GroupView, candidate: RedisPod): string {
  const live = view.instances.filter(({ at }) => !at.terminating);
  const following = live.filter((instance) => instance.at.uid !== candidate.uid && notFollowing(instance, candidate, view) === undefined);
  const naming = view.sentinels.filter(({ primary }) => primary?.uid === candidate.uid);
  return `${naming.length} of ${view.sentinels.length} Sentinels, ${following.length} replicas of ${live.length - 1} other pods`;
}

async function writes(group: RedisGroup, pod: RedisPod, key: string): Promise<boolean> {
  try {
    await group.ask(pod, askTimeoutMs, (redis) => redis.set(key, Date.now(), 'EX', keySeconds));
    return true;
  } catch {
    return false;
  }
}

function secondsSince(since: number, at: number | null): number | null {
  return at === null ? null : (at - since) / 1000;
}
