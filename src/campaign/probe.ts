import { z } from 'zod';
import type { Parameters, ProbePlace, ProbeSpec, Tolerance } from '../contracts/campaign.ts';
import { isRecord } from './document.ts';
import { checkedMapping, field, list, optional, parsePart, raise } from './fields.ts';
import { parseLabelSelector } from './label-selector.ts';
import { findProbeType, type ProbeType, probeTypeNames } from './probe-types.ts';
import { oneOf } from './suggest.ts';
import { type Bound, parseTolerance } from './tolerance.ts';
import { describe, formatDuration, parseChoice, parseDuration, parseName, parseNumber, parsePercent } from './units.ts';

export const defaultWeight = 10;
const dayMs = 86_400_000;

/** One probe of a hypothesis, in the native dialect: its common keys and those of its type. */
export const probe: z.ZodType<ProbeSpec> = z.unknown().transform((value, context): ProbeSpec => {
  if (!isRecord(value)) {
    raise(context, [], describe(value), 'a mapping with the type of the probe');
    return z.NEVER;
  }
  const type = findProbeType(value.type);
  if (type === undefined) {
    // without its type its own keys can't be told from mistakes, the common ones can be checked
    raise(context, ['type'], describe(value.type), oneOf(probeTypeNames, value.type));
    parsePart(z.object(commonKeys), value, context, []);
    return z.NEVER;
  }
  const parsed = parsePart(keysOf(type), value, context, []);
  return parsed ?? z.NEVER;
});

/** A list of probes with names of their own; a probe without one goes by its type. */
export const hypothesis = list(probe, {
  nameOf: (written) => (isRecord(written) ? { name: written.name ?? written.type, path: ['name'] } : { name: undefined, path: [] }),
});

const commonKeys = {
  name: field((value) => parseName(value, 'write-latency')).optional(),
  type: z.unknown().optional(),
  successPercent: field((value) => parsePercent(value)).optional(),
  weight: field(parseWeight).optional(),
  interval: field((value) => parseDuration(value, { minMs: 50, maxMs: dayMs })).optional(),
  timeout: field((value) => parseDuration(value, { minMs: 10, maxMs: dayMs })).optional(),
};

const clusterKey = { cluster: field((value) => parseName(value, 'west')).optional() };
const placeKeys: Record<ProbeType['looksAt'], Record<string, z.ZodType<string | undefined>>> = {
  pods: {
    ...clusterKey,
    namespace: field((value) => parseName(value, 'default')).optional(),
    selector: field(parseLabelSelector).optional(),
  },
  cluster: clusterKey,
  'nothing else': {},
};

function keysOf(type: ProbeType): z.ZodType<ProbeSpec> {
  const shape = {
    ...type.parameters,
    ...commonKeys,
    ...placeKeys[type.looksAt],
    when: field((value) => parseChoice(value, type.when)).default(type.when[0]),
    tolerance: field((value) => parseTolerance(value, type)).optional(),
  };
  const keys = checkedMapping(shape, (given, context) => {
    const judged = 'tolerance' in given ? boundOf(type, given.tolerance) !== undefined : true;
    for (const key of ['successPercent', 'weight'] as const) {
      if (judged || given[key] === undefined) continue;
      raise(context, [key], `${key} without a tolerance`, 'a tolerance to judge by; a probe without one is only shown');
    }
    const slowest = slowestTolerated(type, given.tolerance);
    if (given.timeout === undefined || given.timeout > slowest) return;
    raise(context, ['timeout'], formatDuration(given.timeout), `more than the tolerance of ${formatDuration(slowest)}`);
  });
  return keys.transform((given): ProbeSpec => {
    const bound = boundOf(type, given.tolerance);
    const tolerance: Tolerance | undefined = bound && { ...bound, successPercent: given.successPercent ?? 100 };
    return {
      name: given.name ?? type.name,
      type: type.name,
      ...placeOf(type, given),
      parameters: ownParameters(type, given),
      when: given.when,
      ...(tolerance === undefined ? {} : { tolerance }),
      weight: given.weight ?? defaultWeight,
      intervalMs: given.interval ?? type.intervalMs,
      timeoutMs: given.timeout ?? Math.max(type.timeoutMs, 2 * slowestTolerated(type, given.tolerance)),
    };
  });
}

/** What can only succeed or not is judged by that, without being told. */
function boundOf(type: ProbeType, given: Bound | undefined): Bound | undefined {
  return given ?? (type.unit === null ? { comparator: 'succeeds' } : undefined);
}

/** The slowest sample the tolerance speaks of, in ms: a sample given up before could not be told from a slower one. 0: none. */
function slowestTolerated(type: ProbeType, bound: Bound | undefined): number {
  return type.unit === 'ms' ? (bound?.value ?? 0) : 0;
}

function parseWeight(value: unknown) {
  const number = parseNumber(value);
  if (number.ok && number.value >= 0 && number.value <= 10) return number;
  return { ok: false as const, found: describe(value), expected: 'a weight from 0 to 10, for example 10' };
}

function placeOf(type: ProbeType, given: Record<string, unknown>): Pick<ProbeSpec, 'place'> {
  const place: ProbePlace = optional(Object.fromEntries(Object.keys(placeKeys[type.looksAt]).map((key) => [key, given[key]])));
  return Object.keys(place).length === 0 ? {} : { place };
}

function ownParameters(type: ProbeType, given: Record<string, unknown>): Parameters {
  const present = Object.keys(type.parameters).filter((key) => given[key] !== undefined);
  return Object.fromEntries(present.map((key) => [key, given[key] as Parameters[string]]));
}
