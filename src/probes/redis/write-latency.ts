import { randomUUID } from 'node:crypto';
import type { ProbeSpec } from '../../contracts/campaign.ts';
import type { OpenProbe, ProbeContext } from '../probe.ts';
import { elapsedMs, takeSample } from '../take-sample.ts';
import { primaryOf } from './agreement.ts';
import type { RedisPod } from './group.ts';
import { openGroup } from './open-group.ts';

const keySeconds = 60;

/**
 * How long the primary takes to acknowledge a write, in ms. The connection is made before and is not
 * part of it (`connects` counts how often); after a failure the primary is looked for anew.
 */
export function openWriteLatencyProbe(spec: ProbeSpec, context: ProbeContext): OpenProbe {
  const group = openGroup(context);
  const key = `squall:probe:${randomUUID()}`;
  let primary: RedisPod | undefined;
  let connects = 0;

  async function find(signal: AbortSignal): Promise<RedisPod> {
    // A pod that does not answer must leave time for the write itself.
    const found = primaryOf(await group.look(spec.timeoutMs / 2, 'current', signal));
    await group.ask(found, spec.timeoutMs, (redis) => redis.ping());
    connects++;
    return found;
  }

  async function write(signal: AbortSignal): Promise<number> {
    primary ??= await find(signal);
    const { since } = await group.ask(primary, spec.timeoutMs, async (redis) => {
      const since = performance.now();
      await redis.set(key, Date.now(), 'EX', keySeconds);
      return { since };
    });
    return elapsedMs(since);
  }

  return {
    unit: 'ms',
    get reach() {
      return group.via;
    },
    async sample(signal) {
      const sample = await takeSample(spec, signal, write, 'no acknowledgement');
      if (sample.error !== undefined) primary = undefined;
      return sample;
    },
    detail: () => ({ primary: primary?.name ?? null, connects }),
    [Symbol.asyncDispose]: () => group[Symbol.asyncDispose](),
  };
}
