import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { injectAll, timeToLive } from '../carrier/carried-fault.ts';
import { TargetGoneError } from '../carrier/carrier.ts';
import { now } from '../clock.ts';
import { readParameter } from '../read-parameter.ts';
import { recorded } from '../record/fault-record.ts';
import { answerWithin, askTarget, infoOf } from '../redis/ask.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Has redis answer nothing, or no write, for a time; redis itself ends it when that is over. */
export const redisPause: FaultVerbs = recorded({ prepare, inject, verify, revert, confirm });

/** Longer than any answer takes that is not held back. */
const silenceMs = 800;
/** How long one attempt to undo waits for a pause that only redis itself can end. */
const longestWaitMs = 60_000;

/** What still answers. */
type State = 'answers' | 'no-writes' | 'silent';

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const mode = modeOf(draft);
  for (const target of podTargets(draft)) {
    const problem = await refusal(context, target, mode);
    if (problem !== undefined) throw new RefusedError(`${target.pod}: ${problem}`);
  }
  const how = {
    write: 'CLIENT PAUSE … WRITE, which CLIENT UNPAUSE ends',
    all: 'CLIENT PAUSE … ALL, which holds back CLIENT UNPAUSE as well: only redis itself ends it',
    'debug-sleep': 'DEBUG SLEEP, which stops everything redis does: only redis itself ends it',
  }[mode];
  return { mechanism: mode === 'debug-sleep' ? 'debug-sleep' : 'client-pause', reason: how };
}

async function refusal(context: FaultContext, target: PodTarget, mode: Mode): Promise<string | undefined> {
  try {
    return await askTarget(context, target, async (redis) => {
      if (mode === 'debug-sleep') {
        await redis.call('DEBUG', 'SLEEP', '0');
        return undefined;
      }
      const info = await infoOf(redis);
      const [major = 0, minor = 0] = (info.get('redis_version') ?? '').split('.').map(Number);
      if (major < 6 || (major === 6 && minor < 2))
        return `redis ${info.get('redis_version')}, expected 6.2 or newer for CLIENT PAUSE … ${mode}`;
      return mode === 'write' && info.get('role') === 'slave'
        ? 'a replica takes no writes that could be held back: expected commands: all'
        : undefined;
    });
  } catch (error) {
    context.signal.throwIfAborted();
    return errorMessage(error);
  }
}

function inject(context: FaultContext, fault: FaultInstance) {
  const mode = modeOf(fault);
  return injectAll(fault, async (target) => {
    const at = Date.now();
    timeToLive(fault);
    // What is sent to a redis that is silent is done when it wakes, and would silence it again.
    const before = await stateOf(context, target);
    if (before === heldIn(mode)) return { at, detail: tell(before) };
    await askTarget(context, target, (redis) => begin(redis, fault, mode));
    return { at, detail: tell(heldIn(mode)) };
  });
}

/** What `write` holds is undone by the workflow, so it lasts until the deadline; the others end at the planned end. */
async function begin(redis: Redis, fault: FaultInstance, mode: Mode): Promise<void> {
  const milliseconds = (mode === 'write' ? fault.deadline : fault.endsAt) - now();
  if (milliseconds <= 0) throw new Error(`fault ${fault.id} is past its planned end: it is not injected any more`);
  if (mode !== 'debug-sleep') {
    await redis.call('CLIENT', 'PAUSE', milliseconds, mode.toUpperCase());
    return;
  }
  // Answered when it is over. An error comes at once.
  const answer = await answerWithin(redis.call('DEBUG', 'SLEEP', (milliseconds / 1_000).toFixed(3)), 200);
  if (answer !== undefined) throw new Error(`DEBUG SLEEP answered ${answer} at once`);
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const expected = heldIn(modeOf(fault));
  return readBack(context, fault, (state) => state === expected);
}

async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const mode = modeOf(fault);
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      try {
        const detail = mode === 'write' ? await unpause(context, target) : await awaitEnd(context, fault, target);
        return { target: target.pod, by: 'workflow' as const, at: Date.now(), detail };
      } catch (error) {
        if (!(error instanceof TargetGoneError)) throw error;
        return { target: target.pod, by: 'workflow' as const, at: Date.now(), detail: `${error.message}; the pause went with it` };
      }
    }),
  );
  return { revertedAt: Math.max(...perTarget.map(({ at }) => at)), revertedBy: 'workflow', perTarget };
}

async function unpause(context: FaultContext, target: PodTarget): Promise<string> {
  await askTarget(context, target, (redis) => redis.call('CLIENT', 'UNPAUSE'));
  return 'CLIENT UNPAUSE was answered OK';
}

/** Nothing that is sent gets through until redis ends it itself, at the planned end. */
async function awaitEnd(context: FaultContext, fault: FaultInstance, target: PodTarget): Promise<string> {
  const end = Date.now() + longestWaitMs;
  for (;;) {
    const state = await stateOf(context, target);
    if (state === 'answers') return 'redis has ended it itself, and answers';
    if (Date.now() > end) throw new Error(`${tell(state)}; redis ends it itself at ${new Date(fault.endsAt).toISOString()}`);
    await delay(100, undefined, { signal: context.signal });
  }
}

function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  return readBack(context, fault, (state) => state === 'answers' || state === 'gone');
}

async function readBack(context: FaultContext, fault: FaultInstance, isOk: (state: State | 'gone') => boolean): Promise<ReadBack> {
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      try {
        const state = await stateOf(context, target);
        return { target: target.pod, ok: isOk(state), detail: tell(state) };
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof TargetGoneError) return { target: target.pod, ok: isOk('gone'), detail: error.message };
        return { target: target.pod, ok: false, detail: errorMessage(error) };
      }
    }),
  );
  return { ok: perTarget.every(({ ok }) => ok), at: Date.now(), perTarget };
}

/** By asking it: a message nobody listens to is held back as a write is, and leaves nothing. */
function stateOf(context: FaultContext, target: PodTarget): Promise<State> {
  return askTarget(context, target, async (redis): Promise<State> => {
    if ((await answerWithin(redis.ping(), silenceMs)) === undefined) return 'silent';
    return (await answerWithin(redis.publish('squall:pause', ''), silenceMs)) === undefined ? 'no-writes' : 'answers';
  });
}

function tell(state: State): string {
  return {
    answers: 'redis answers, writes too',
    'no-writes': `redis answers, but no write within ${silenceMs} ms`,
    silent: `redis does not answer PING within ${silenceMs} ms`,
  }[state];
}

type Mode = 'write' | 'all' | 'debug-sleep';

function modeOf({ parameters }: Pick<FaultDraft, 'parameters'>): Mode {
  if (readParameter(parameters, 'mode', 'string') === 'debug-sleep') return 'debug-sleep';
  return readParameter(parameters, 'commands', 'string') === 'all' ? 'all' : 'write';
}

function heldIn(mode: Mode): State {
  return mode === 'write' ? 'no-writes' : 'silent';
}
