import { bad, good, type Parsed, parsePercent } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { type LitmusGiven, type LitmusRemark, type LitmusVariable, litmusSets } from '../definition.ts';
import { parseCidr, parseHost, parseInterface, parsePorts } from './filter-parameters.ts';

/** The variables that all of Litmus's tc experiments share. */
export const litmusFilter: Record<string, LitmusVariable> = {
  NETWORK_INTERFACE: litmusSets(parseInterface, (device) => ({ interface: device })),
  DESTINATION_IPS: litmusSets(items(parseCidr), (cidrs) => ({ cidrs })),
  DESTINATION_HOSTS: litmusSets(items(parseHost), (hosts) => ({ hosts })),
  DESTINATION_PORTS: litmusSets(portsOrExcept, ({ except, ports }) => (except ? { exceptPorts: ports } : { ports })),
  SOURCE_PORTS: litmusSets(portsOrExcept, ({ except, ports }) => ({ localPorts: except ? otherPorts(ports) : ports })),
};

export const litmusCorrelation: Record<string, LitmusVariable> = {
  CORRELATION: litmusSets(
    (value) => parsePercent(value),
    (correlationPercent) => ({ correlationPercent }),
  ),
};

/** Litmus adds a filter of tc for each of them, and a packet is hit that any of these matches. */
export function reviewFilter({ env }: LitmusGiven): LitmusRemark[] {
  const given = ['DESTINATION_IPS', 'DESTINATION_HOSTS', 'DESTINATION_PORTS', 'SOURCE_PORTS'].filter((name) => env.has(name));
  const kinds = new Set(given.map((name) => (name === 'DESTINATION_HOSTS' ? 'DESTINATION_IPS' : name)));
  if (kinds.size < 2) return [];
  return [
    {
      kind: 'warning',
      code: 'litmus-filters-together',
      message: `${given.join(' and ')}: Litmus would have hit packets that any of them matches; squall takes those that all of them match`,
    },
  ];
}

function items<T>(item: (value: unknown) => Parsed<T>): (value: string) => Parsed<T[]> {
  return (value) => {
    const all: T[] = [];
    for (const part of value.split(',')) {
      const parsed = item(part.trim());
      if (!parsed.ok) return parsed;
      if (!all.includes(parsed.value)) all.push(parsed.value);
    }
    return good(all);
  };
}

function portsOrExcept(value: string): Parsed<{ except: boolean; ports: string[] }> {
  const except = value.startsWith('!');
  const parsed = items(parsePorts)(except ? value.slice(1) : value);
  if (parsed.ok) return good({ except, ports: parsed.value });
  return bad(value, 'ports separated by commas, for example 6379,16379; with a ! before them: all but these');
}

/** All ports but these. */
function otherPorts(ports: string[]): string[] {
  const taken = ports
    .map((range) => range.split('-').map(Number))
    .map(([first = 0, last = first]) => ({ first, last }))
    .toSorted((a, b) => a.first - b.first);
  const others: string[] = [];
  let next = 1;
  for (const { first, last } of taken) {
    if (first > next) others.push(`${next}-${first - 1}`);
    next = Math.max(next, last + 1);
  }
  if (next <= 65535) others.push(`${next}-65535`);
  return others;
}

/** A variable whose value is a percentage. */
export function litmusPercent(name: string): LitmusVariable {
  return litmusSets(
    (value) => parsePercent(value),
    (percent): Parameters => ({ [name]: percent }),
  );
}
