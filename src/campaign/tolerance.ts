import type { Tolerance } from '../contracts/campaign.ts';
import { isRecord } from './document.ts';
import type { ProbeType } from './probe-types.ts';
import { bad, good, type Parsed, parseDuration, parseNumber } from './units.ts';

export type Bound = Pick<Tolerance, 'comparator' | 'value'>;

const examples = { s: '<= 30s', ms: '<= 500ms', none: '>= 2' } as const;

/**
 * What a sample has to satisfy, as `<= 1s`, `>= 2`, `succeeds` or `{ comparator: "<=", value: 1s }`.
 * The value comes back in the probe's unit.
 */
export function parseTolerance(value: unknown, type: Pick<ProbeType, 'name' | 'unit'>): Parsed<Bound> {
  const { unit } = type;
  if (value === 'succeeds') return good({ comparator: 'succeeds' });
  if (unit === null) return bad(value, `succeeds, the only thing ${type.name} can do`);
  const expected = `a comparison such as ${examples[unit]} (with <=, <, >=, >, == or !=), or succeeds`;
  const [comparator, bound] = split(value);
  if (!isComparator(comparator) || bound === undefined) return bad(value, expected);
  const number = unit === 'none' ? parseNumber(bound) : parseDuration(bound);
  if (!number.ok) return bad(value, unit === 'none' ? expected : `${expected}, with a unit to its time`);
  return good({ comparator, value: unit === 's' ? number.value / 1000 : number.value });
}

function split(value: unknown): [unknown, unknown] {
  if (typeof value === 'string') {
    const match = /^(<=|<|>=|>|==|!=)\s*(\S+)$/.exec(value.trim());
    return [match?.[1], match?.[2]];
  }
  if (!isRecord(value) || Object.keys(value).some((key) => key !== 'comparator' && key !== 'value')) return [undefined, undefined];
  return [value.comparator, value.value];
}

function isComparator(value: unknown): value is Exclude<Tolerance['comparator'], 'succeeds'> {
  return typeof value === 'string' && ['<=', '<', '>=', '>', '==', '!='].includes(value);
}
