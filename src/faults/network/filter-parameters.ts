import { isIP, isIPv4 } from 'node:net';
import { bad, describe, good, type Parsed } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { choiceParameter, listParameter, type Parameter, textParameter } from '../parameters/parameter.ts';
import type { Conflict } from '../parameters/parameter-table.ts';

const devicePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/;
const selectorPattern = /^[^\s,=!()][^\s]*(?: (?:in|notin) \([^()]+\))?(?:,\s*[^\s].*)?$/;

/** A Linux network device's name. */
export function parseInterface(value: unknown): Parsed<string> {
  if (typeof value === 'string' && devicePattern.test(value)) return good(value);
  return bad(value, 'the name of a network interface, for example eth0');
}

/** An IP address, or a block of them by its first: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`. */
export function parseCidr(value: unknown): Parsed<string> {
  const expected = 'an IP address, or a block of them such as 10.0.0.0/8 or fd00::/8';
  if (typeof value !== 'string') return bad(value, expected);
  const [address = '', bits, ...rest] = value.split('/');
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return bad(value, expected);
  if (bits === undefined) return good(value);
  const most = isIPv4(address) ? 32 : 128;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return bad(value, `${expected}, with at most ${most} bits`);
  const rank = addressNumber(address) & ((1n << BigInt(most - Number(bits))) - 1n);
  return rank === 0n ? good(value) : bad(value, 'a block named by its first address, for example 10.0.0.0/8');
}

function addressNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  // 1::2 has its middle left out; a dotted tail stands for two groups
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high?: string, low?: string) => (Number(high) * 256 + Number(low)).toString(16);
  const text = dotted === null ? address : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = groups(tail ?? '');
  const all = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** A port, or a range of them: `6379`, `8000-8100`. */
export function parsePorts(value: unknown): Parsed<string> {
  const expected = 'a port from 1 to 65535, or a range of them such as 8000-8100';
  const match = typeof value === 'string' ? /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) : null;
  if (match === null) return bad(value, expected);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last >= first && last <= 65535 ? good(String(value)) : bad(value, expected);
}

/** A host's name, as the pod's own resolver takes it. */
export function parseHost(value: unknown): Parsed<string> {
  const pattern = /^[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]{0,251}[a-zA-Z0-9_.])?$/;
  return typeof value === 'string' && pattern.test(value) ? good(value) : bad(value, 'the name of a host, for example redis.shop.svc');
}

export const interfaceParameter: Parameter = textParameter({
  sets: 'interface',
  pattern: devicePattern,
  expected: 'the name of a network interface, for example eth0',
  default: 'eth0',
  example: 'eth1',
  description: 'the network device of the pod',
});

export function directionParameter(standard: 'egress' | 'both'): Parameter {
  return choiceParameter({
    sets: 'direction',
    choices: ['egress', 'ingress', 'both'],
    default: standard,
    description: 'what leaves the pod, what comes in, or both',
  });
}

/** Which packets a fault is for. All that are given have to be true of a packet. */
export const filterParameters: Record<string, Parameter> = {
  hosts: listParameter({
    sets: 'hosts',
    item: parseHost,
    expected: 'names of hosts',
    example: ['redis.shop.svc.cluster.local'],
    refused: ['a b'],
    description: 'only traffic with these hosts; their addresses are looked up in the pod when the fault begins',
  }),
  cidrs: listParameter({
    sets: 'cidrs',
    item: parseCidr,
    expected: 'IP addresses, or blocks of them',
    example: ['10.0.0.0/8'],
    refused: ['10.0.0.256', '10.0.0.1/8', '10.0.0.0/33'],
    description: 'only traffic with these addresses; with `hosts` and `peers`, with any of all these',
  }),
  peers: textParameter({
    sets: 'peers',
    pattern: selectorPattern,
    expected: 'a label selector, for example app=redis,role=replica',
    example: 'app=redis',
    refused: ['=redis'],
    description: 'only traffic with the pods of the same namespace that have these labels when the fault begins',
  }),
  ports: listParameter({
    sets: 'ports',
    item: parsePorts,
    expected: 'ports or ranges of them',
    example: ['6379', '8000-8100'],
    refused: ['0', '70000', '20-10', 'http'],
    description: "only traffic with these ports of the other side's",
  }),
  localPorts: listParameter({
    sets: 'localPorts',
    item: parsePorts,
    expected: 'ports or ranges of them',
    example: ['6379'],
    refused: ['0', '70000', '20-10', 'http'],
    description: "only traffic with these ports of the pod's own",
  }),
  exceptCidrs: listParameter({
    sets: 'exceptCidrs',
    item: parseCidr,
    expected: 'IP addresses, or blocks of them',
    example: ['10.96.0.10'],
    refused: ['10.0.0.256', '10.0.0.1/8'],
    description: 'but no traffic with these addresses',
  }),
  exceptPorts: listParameter({
    sets: 'exceptPorts',
    item: parsePorts,
    expected: 'ports or ranges of them',
    example: ['53'],
    refused: ['0', '70000', '20-10', 'dns'],
    description: "but no traffic with these ports of the other side's",
  }),
  protocol: choiceParameter({
    sets: 'protocol',
    choices: ['any', 'tcp', 'udp', 'icmp'],
    default: 'any',
    description: 'only this protocol',
  }),
  interface: interfaceParameter,
};

/** What a filter asks for that no packet can have. */
export function filterConflicts(parameters: Parameters): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const name of ['ports', 'localPorts', 'exceptPorts']) {
    if (parameters.protocol === 'icmp' && parameters[name] !== undefined)
      conflicts.push({ name, found: describe(parameters[name]), expected: 'none with the protocol icmp, which has no ports' });
  }
  for (const [name, except] of [
    ['cidrs', 'exceptCidrs'],
    ['ports', 'exceptPorts'],
  ] as const) {
    const left = listed(parameters, name).filter((item) => !listed(parameters, except).includes(item));
    const others = name === 'cidrs' && (parameters.hosts !== undefined || parameters.peers !== undefined);
    if (listed(parameters, name).length > 0 && left.length === 0 && !others)
      conflicts.push({ name: except, found: listed(parameters, except).join(', '), expected: `something of ${name} left` });
  }
  return conflicts;
}

/** Contradictory filters, for the tests of a table. */
export const filterContradictions = [
  { protocol: 'icmp', ports: ['80'] },
  { cidrs: ['10.0.0.0/8'], exceptCidrs: ['10.0.0.0/8'] },
  { ports: ['80'], exceptPorts: ['80'] },
];

/** A parameter that is a list; none given: an empty one. */
export function listed(parameters: Parameters, name: string): string[] {
  const value = parameters[name];
  return Array.isArray(value) ? value : [];
}
