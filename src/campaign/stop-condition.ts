import { z } from 'zod';
import type { ProbeSpec, StopCondition } from '../contracts/campaign.ts';
import { isRecord } from './document.ts';
import { field, list, mapping, parsePart, raise } from './fields.ts';
import { probe } from './probe.ts';
import { describe, formatDuration, parseName } from './units.ts';

const longestIntervalMs = 3_600_000;

const webhook = mapping({ webhook: field((value) => parseName(value, 'alerts')) }).transform(
  (given): StopCondition => ({ name: given.webhook, webhook: true }),
);

/** A probe whose tolerance must hold throughout, or the name of a webhook by which something outside ends the run. */
const stopCondition: z.ZodType<StopCondition> = z.unknown().transform((value, context): StopCondition => {
  if (isRecord(value) && Object.hasOwn(value, 'webhook')) return parsePart(webhook, value, context, []) ?? z.NEVER;
  const spec = parsePart(probe, value, context, []);
  if (isRecord(value)) raiseMeaningless(value, context);
  if (spec === undefined) return z.NEVER;
  raiseUnwatchable(spec, context);
  return { name: spec.name, probe: spec };
});

/** With names of their own; one without goes by its probe's type. */
export const stopConditions = list(stopCondition, {
  nameOf: (written) => {
    if (!isRecord(written)) return { name: undefined, path: [] };
    const key = Object.hasOwn(written, 'webhook') ? 'webhook' : 'name';
    return { name: written[key] ?? written.type, path: [key] };
  },
});

function raiseMeaningless(value: Record<string, unknown>, context: z.core.$RefinementCtx): void {
  for (const key of ['when', 'weight', 'successPercent']) {
    if (value[key] === undefined) continue;
    raise(
      context,
      [key],
      `${key} of a stop condition`,
      'nothing: it is watched throughout, one sample that misses ends the run, and it is not scored',
    );
  }
}

function raiseUnwatchable({ type, tolerance, intervalMs }: ProbeSpec, context: z.core.$RefinementCtx): void {
  if (type === 'redis-leader-election') raise(context, ['type'], type, 'a probe that can be sampled at any time');
  else if (tolerance === undefined) raise(context, ['tolerance'], 'nothing', `what must hold throughout, for example ${describe('<= 1s')}`);
  if (intervalMs > longestIntervalMs)
    raise(context, ['interval'], formatDuration(intervalMs), `at most ${formatDuration(longestIntervalMs)}`);
}
