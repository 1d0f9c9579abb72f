import type { Redis } from 'ioredis';
import { parseBytes } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { injectAll, timeToLive } from '../carrier/carried-fault.ts';
import { recorded } from '../record/fault-record.ts';
import { askTarget, infoOf, withGroup } from '../redis/ask.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { bytesOf, drain, fill, type Memory, memoryOf, ownKeys } from './ballast.ts';

/** Fills redis with keys of its own, which expire at the deadline by themselves. */
export const redisMemoryPressure: FaultVerbs = recorded({ prepare, inject, verify, revert, confirm });

/** Big datasets take their time to be scanned. */
const options = { timeoutMs: 25_000 };
/** Where redis is filled to a share of its memory, its own bookkeeping comes and goes by so much. */
const slackBytes = 2 ** 21;

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const warnings: string[] = [];
  for (const target of podTargets(draft)) {
    const found = await askTarget(context, target, async (redis) => ({
      memory: await memoryOf(redis),
      role: (await infoOf(redis)).get('role'),
    }));
    const problem = whyNot(draft.parameters, found.memory, found.role);
    if (problem !== undefined) throw new RefusedError(`${target.pod}: ${problem}`);
    const limit = await containerLimit(context, target);
    if (limit === undefined) continue;
    const atMost = goalBytes(draft.parameters, found.memory);
    if (atMost > 0.9 * limit) {
      warnings.push(`${target.pod}: redis would use ${mebibytes(atMost)} of its container's ${mebibytes(limit)}: the kernel may end it`);
    }
  }
  return { mechanism: 'expiring-keys', reason: 'keys of a prefix of their own, each with its end at the deadline', warnings };
}

function whyNot(parameters: Parameters, memory: Memory, role: string | undefined): string | undefined {
  if (role !== 'master') return 'it is a replica, which takes no writes: expected a primary, whose replicas follow';
  if (memory.max === 0 && parameters.bytes === undefined) return 'it has no maxmemory to take a share of: expected bytes';
  if (memory.max > 0 && memory.policy !== 'noeviction' && parameters.allowEviction !== true) {
    return `its maxmemory-policy is ${memory.policy}: it could evict your keys; expected noeviction, or allowEviction: true`;
  }
  const goal = goalBytes(parameters, memory);
  if (goal <= memory.used)
    return `it uses ${mebibytes(memory.used)} already, expected less than ${mebibytes(goal)}: nothing would be added`;
  if (memory.max > 0 && goal > memory.max && memory.policy === 'noeviction') {
    return `it would use ${mebibytes(goal)}, expected at most its maxmemory, ${mebibytes(memory.max)}`;
  }
  return undefined;
}

/** How much redis is to use in all. */
function goalBytes({ bytes, percent }: Parameters, { used, max }: Memory): number {
  return typeof bytes === 'number' ? used + bytes : Math.floor((max * Number(percent)) / 100);
}

async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
  const { bytes } = fault.parameters;
  timeToLive(fault);
  return injectAll(fault, (target) =>
    askTarget(
      context,
      target,
      async (redis) => {
        const at = Date.now();
        const goal = typeof bytes === 'number' ? { ownBytes: bytes } : { usedBytes: goalBytes(fault.parameters, await memoryOf(redis)) };
        const added = await fill(redis, fault.id, goal, fault.deadline);
        return { at, detail: `${added} keys were added; ${tell(await memoryOf(redis))}` };
      },
      options,
    ),
  );
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const { bytes } = fault.parameters;
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      try {
        return await askTarget(
          context,
          target,
          async (redis) => {
            const [memory, keys] = [await memoryOf(redis), await ownKeys(redis, fault.id)];
            const enough =
              typeof bytes === 'number'
                ? bytesOf(keys) >= bytes - slackBytes
                : memory.used >= goalBytes(fault.parameters, memory) - slackBytes;
            const detail = `${keys.length} keys of ${mebibytes(bytesOf(keys))}; ${tell(memory)}`;
            return { target: target.pod, ok: keys.length > 0 && enough, detail };
          },
          options,
        );
      } catch (error) {
        context.signal.throwIfAborted();
        return { target: target.pod, ok: false, detail: errorMessage(error) };
      }
    }),
  );
  return { ok: perTarget.every(({ ok }) => ok), at: Date.now(), perTarget };
}

/** The keys are where the primary is now, which may be another than they were written to. */
async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const details = await eachInstance(context, fault, async (redis, isPrimary) =>
    isPrimary ? `${await drain(redis, fault.id)} keys were unlinked` : undefined,
  );
  const at = Date.now();
  const detail = details.map(({ pod, result }) => `${pod}: ${result}`).join('; ') || 'no primary is there; the keys expire by themselves';
  return {
    revertedAt: at,
    revertedBy: 'workflow',
    perTarget: podTargets(fault).map(({ pod }) => ({ target: pod, by: 'workflow', at, detail })),
  };
}

/** Nothing may be left on the primary, nor on a replica. */
async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const left = await eachInstance(context, fault, async (redis) => (await ownKeys(redis, fault.id)).length);
  const ok = left.length > 0 && left.every(({ result }) => result === 0);
  const detail = left.map(({ pod, result }) => `${pod} has ${result} keys of the fault`).join(', ') || 'no redis answers';
  return { ok, at: Date.now(), perTarget: podTargets(fault).map(({ pod }) => ({ target: pod, ok, detail })) };
}

/** Asks every instance that answers; an answer of undefined is none. Throws when one that is there does not answer. */
async function eachInstance<T>(
  context: FaultContext,
  fault: FaultInstance,
  question: (redis: Redis, isPrimary: boolean) => Promise<T | undefined>,
): Promise<{ pod: string; result: T }[]> {
  return withGroup(context, fault, async (look, group) => {
    const { instances } = await look();
    const live = instances.filter(({ at }) => !at.terminating);
    const silent = live.filter(({ role }) => role === 'unreachable');
    if (silent.length > 0) throw new Error(silent.map(({ pod, error }) => `${pod} does not answer: ${error}`).join('; '));
    const answers = await Promise.all(
      live.map(async ({ pod, role, at }) => ({
        pod,
        result: await group.ask(at, options.timeoutMs, (redis) => question(redis, role === 'primary')),
      })),
    );
    return answers.flatMap(({ pod, result }) => (result === undefined ? [] : [{ pod, result }]));
  });
}

async function containerLimit(context: FaultContext, target: PodTarget): Promise<number | undefined> {
  const pod = await context.cluster.readPod(target.namespace, target.pod, context.signal);
  const limit = pod?.spec?.containers.find(({ name }) => name === target.container)?.resources?.limits?.memory;
  const parsed = limit === undefined ? undefined : parseBytes(limit);
  return parsed?.ok ? parsed.value : undefined;
}

function tell({ used, max }: Memory): string {
  return max === 0 ? `${mebibytes(used)} used` : `${mebibytes(used)} of ${mebibytes(max)} used, ${((used / max) * 100).toFixed(1)} %`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
