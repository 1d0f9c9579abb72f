import { z } from 'zod';
import { checkedMapping, field, raise } from '../../campaign/fields.ts';
import type { Parameters, ParameterValue } from '../../contracts/campaign.ts';
import type { Parameter, Written } from './parameter.ts';

/** The parameters of a fault: how they are read, and what the documentation says of them, from one declaration. */
export interface ParameterTable {
  /** by the names people write */
  byName: Readonly<Record<string, Parameter>>;
  /** from what is written (`latency: 500ms`) to the effective parameters (`latencyMs: 500`), defaults applied */
  schema: z.ZodType<Parameters>;
  /** the effective parameters when nothing is given; those that must be given are not among them */
  defaults: Parameters;
  /** sets of values that are each right by themselves and contradict one another */
  contradictions: readonly Record<string, Written>[];
  /** what is wrong with effective parameters as a whole, whatever dialect they were written in; names are those people write */
  conflicts(effective: Parameters): Conflict[];
}

/** Values that do not fit one another. `name` is the parameter to point at. */
export interface Conflict {
  name: string;
  found: string;
  expected: string;
}

export interface TableOptions {
  /** given the effective parameters that are right by themselves */
  conflicts?: (effective: Parameters) => Conflict[];
  /** examples of what `conflicts` refuses; each is tested */
  contradictions?: Record<string, Written>[];
}

/**
 * Makes the table.
 *
 * @example
 * parameterTable(
 *   { latency: durationParameter({ sets: 'latencyMs', default: '2s', minMs: 1, description: 'the delay' }) },
 *   { conflicts: ({ latencyMs, jitterMs }) => … },
 * )
 * @throws Error when a default is not a value its own parameter takes
 */
export function parameterTable(byName: Record<string, Parameter>, options: TableOptions = {}): ParameterTable {
  const conflicts = options.conflicts ?? (() => []);
  const entries = Object.entries(byName);
  const defaults: Parameters = Object.fromEntries(
    entries.flatMap(([name, parameter]) => {
      if (parameter.default === undefined) return [];
      const parsed = parameter.parse(parameter.default);
      if (!parsed.ok) throw new Error(`default of ${name}: found ${parsed.found}, expected ${parsed.expected}`);
      return [[parameter.sets, parsed.value]];
    }),
  );
  const shape = Object.fromEntries(entries.map(([name, parameter]) => [name, fieldOf(parameter)]));
  const effective = (given: Record<string, ParameterValue | undefined>): Parameters => ({
    ...defaults,
    ...Object.fromEntries(
      entries.flatMap(([name, { sets }]): [string, ParameterValue][] => {
        const value = given[name];
        return value === undefined ? [] : [[sets, value]];
      }),
    ),
  });
  // What a key's own schema let through is a parameter's value.
  const schema = checkedMapping(shape as Record<string, z.ZodType<ParameterValue | undefined>>, (given, context) => {
    for (const { name, found, expected } of conflicts(effective(given))) raise(context, name === '' ? [] : [name], found, expected);
  }).transform((given) => effective(given));
  return { byName, schema, defaults, contradictions: options.contradictions ?? [], conflicts };
}

function fieldOf(parameter: Parameter): z.ZodType {
  const schema = field((value) => parameter.parse(value));
  return parameter.required ? schema : z.optional(schema);
}
