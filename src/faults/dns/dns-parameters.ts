import { isIP } from 'node:net';
import { bad, describe, good, type Parsed } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { choiceParameter, percentParameter } from '../parameters/parameter.ts';
import type { Conflict } from '../parameters/parameter-table.ts';

const namePattern = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i;
const patternPattern = /^[a-z0-9_.*?-]{1,253}$/i;
const partPattern = /^[a-z0-9_.-]+$/i;

/** A domain name, or a pattern of them. */
export function parseDnsPattern(value: unknown): Parsed<string> {
  if (typeof value === 'string' && patternPattern.test(value)) return good(value);
  return bad(value, 'a domain name, or a part or pattern of one, for example redis.shop or *.example.com');
}

/** What a name is spoofed with: an address, or another name. */
export function parseDnsRecord(key: string, value: string): Parsed<string> {
  const name = parseDnsPattern(key);
  if (!name.ok) return name;
  if ((isIP(value) > 0 && !value.includes('%')) || (namePattern.test(value) && value.length <= 253)) return good(value);
  return bad(value, `an IP address or a domain name for ${describe(key)}`);
}

export const matchParameter = choiceParameter({
  sets: 'match',
  choices: ['exact', 'substring', 'glob'],
  default: 'exact',
  description:
    'whether a name is meant as it is, wherever it occurs in one that is asked for, or as a pattern in which `*` is any characters and `?` one',
});

export const dnsPercentParameter = percentParameter({
  sets: 'percent',
  min: 1,
  default: '100%',
  description: 'of the queries for these names',
});

/** Names that are not what `match` says. `name` is the parameter they are in. */
export function nameConflicts(name: string, names: readonly string[], { match }: Parameters): Conflict[] {
  const fits = match === 'glob' ? patternPattern : match === 'substring' ? partPattern : namePattern;
  const expected = match === 'substring' ? 'a part of a domain name' : 'a domain name; for a pattern, match: glob';
  return names.filter((one) => !fits.test(one)).map((one) => ({ name, found: describe(one), expected }));
}
