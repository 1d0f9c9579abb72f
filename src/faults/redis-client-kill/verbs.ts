import type { Redis } from 'ioredis';
import type { ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance } from '../../contracts/plan.ts';
import { injectAll } from '../carrier/carried-fault.ts';
import { TargetGoneError } from '../carrier/carrier.ts';
import { readParameter } from '../read-parameter.ts';
import { askTarget } from '../redis/ask.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Closes connections of clients; they may connect again at once. There is nothing to undo. */
export const redisClientKill: FaultVerbs = { prepare, inject, verify, revert, confirm };

/** An attempt to inject, with its retries, may take this long: whoever is connected for longer was not killed. */
const longestInjectSeconds = 90;

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const type = readParameter(draft.parameters, 'type', 'string');
  const warnings: string[] = [];
  for (const target of podTargets(draft)) {
    const clients = await askTarget(context, target, (redis) => clientsOf(redis, type)).catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw new RefusedError(`${target.pod}: its clients cannot be listed: ${String(error)}`, { cause: error });
    });
    if (clients.length === 0) warnings.push(`${target.pod} has no client of type ${type} as of now: nobody would feel it`);
  }
  return { mechanism: 'client-kill', reason: 'CLIENT KILL, sparing the connection that asks for it', warnings };
}

function inject(context: FaultContext, fault: FaultInstance) {
  const type = readParameter(fault.parameters, 'type', 'string');
  return injectAll(fault, (target) =>
    askTarget(context, target, async (redis) => {
      const at = Date.now();
      const killed = Number(await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes'));
      return { at, detail: `${killed} connections of type ${type} were closed` };
    }),
  );
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const type = readParameter(fault.parameters, 'type', 'string');
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      const clients = await askTarget(context, target, (redis) => clientsOf(redis, type));
      const oldest = Math.max(0, ...clients.map(({ ageSeconds }) => ageSeconds));
      const detail = `${clients.length} clients of type ${type}, the oldest for ${oldest} s`;
      return { target: target.pod, ok: oldest <= longestInjectSeconds, detail };
    }),
  );
  return { ok: perTarget.every(({ ok }) => ok), at: Date.now(), perTarget };
}

async function revert(_context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const at = Date.now();
  const detail = 'nothing to undo: clients connect again';
  return {
    revertedAt: at,
    revertedBy: 'workflow',
    perTarget: podTargets(fault).map(({ pod }) => ({ target: pod, by: 'workflow', at, detail })),
  };
}

/** Nothing lasts: redis takes connections. */
async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      try {
        const answer = await askTarget(context, target, (redis) => redis.ping());
        return { target: target.pod, ok: answer === 'PONG', detail: `a new connection is answered ${answer}` };
      } catch (error) {
        if (!(error instanceof TargetGoneError)) throw error;
        return { target: target.pod, ok: true, detail: error.message };
      }
    }),
  );
  return { ok: perTarget.every(({ ok }) => ok), at: Date.now(), perTarget };
}

/** Those of the type, but the one that asks. */
async function clientsOf(redis: Redis, type: string): Promise<{ ageSeconds: number }[]> {
  const own = String(await redis.call('CLIENT', 'ID'));
  const list = String(await redis.call('CLIENT', 'LIST', 'TYPE', type));
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => new Map(line.split(' ').map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? ''])))
    .filter((fields) => fields.get('id') !== own)
    .map((fields) => ({ ageSeconds: Number(fields.get('age') ?? 0) }));
}
