import { isIP } from 'node:net';
import { findFault } from '../../faults/declarations.ts';
import { isRecord } from '../document.ts';
import type { Given } from '../imported/parameters.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { describe, parseChoice, parseDuration } from '../units.ts';
import { type ChaosKind, given, type MeantFault } from './chaos-kind.ts';
import { readPeers } from './peers.ts';

type Givens = Record<string, Given | undefined>;

const impairments = ['delay', 'loss', 'duplicate', 'corrupt', 'rate'] as const;
const actions = ['netem', 'delay', 'loss', 'duplicate', 'corrupt', 'partition', 'bandwidth'] as const;
const ways = { to: 'egress', from: 'ingress', both: 'both' } as const;

export const networkChaos: ChaosKind = {
  kind: 'NetworkChaos',
  key: 'networkChaos',
  keys: {
    read: ['action', 'device', 'direction', 'target', 'externalTargets', 'delay', 'loss', 'duplicate', 'corrupt', 'rate', 'bandwidth'],
    unsupported: { targetDevice: 'device: squall works at the pods of the selector, not at those of the target' },
  },
  read(notes, path, { namespace }) {
    const place = [...path, 'action'];
    const action = notes.read(place, (value) => parseChoice(value, actions));
    const filter = readFilter(notes, path, namespace);
    if (action === undefined) return [];
    const written = [...impairments, 'bandwidth'].filter((key) => {
      const part = notes.valueAt([...path, key]);
      return part !== undefined && part !== null;
    });
    const taken = written.filter((key) => (action === 'bandwidth' ? key === 'bandwidth' : action !== 'partition' && key !== 'bandwidth'));
    for (const key of written.filter((one) => !taken.includes(one))) {
      notes.problem({ path: [...path, key], found: key, expected: `no such key with the action ${action}`, onKey: true });
    }
    if (action === 'partition') return [{ fault: 'pod-network-partition', path: place, given: filter }];
    if (action === 'netem' ? taken.length === 0 : !taken.includes(action)) {
      const expected = action === 'netem' ? `at least one of ${impairments.join(', ')}` : `${action}, which says how much`;
      notes.problem({ path: place, found: `no ${action === 'netem' ? 'impairment' : action} beside the action`, expected });
    }
    return taken.flatMap((key) => readImpairment(notes, [...path, key], key, filter));
  },
};

function readImpairment(notes: LitmusNotes, path: Path, key: string, filter: Givens): MeantFault[] {
  const at = (name: string) => given(notes, [...path, name]);
  const need = (name: string) => {
    if (at(name) === undefined)
      notes.problem({ path: [...path, name], found: describe(notes.valueAt([...path, name])), expected: `the ${name}` });
    return at(name);
  };
  switch (key) {
    case 'delay':
      return readDelay(notes, path, filter);
    case 'rate':
      if (notes.mapping(path, { read: ['rate'] }) === undefined) return [];
      notes.warn(
        'chaos-mesh-differs',
        path,
        'Chaos Mesh would let netem space the packets; squall limits them by a token bucket, with its own burst',
      );
      return [{ fault: 'pod-network-rate-limit', path, given: { ...filter, bandwidth: need('rate') } }];
    case 'bandwidth': {
      const oneBucket = 'no value: squall has one bucket, as tbf has without a peak rate';
      const keys = { read: ['rate', 'limit', 'buffer'], unsupported: { peakrate: oneBucket, minburst: oneBucket } };
      if (notes.mapping(path, keys) === undefined) return [];
      return [
        {
          fault: 'pod-network-rate-limit',
          path,
          given: { ...filter, bandwidth: need('rate'), limit: need('limit'), burst: need('buffer') },
        },
      ];
    }
    default: {
      if (notes.mapping(path, { read: [key, 'correlation'] }) === undefined) return [];
      const fault = { loss: 'pod-network-loss', duplicate: 'pod-network-duplication' }[key] ?? 'pod-network-corruption';
      return [{ fault, path, given: { ...filter, percent: need(key), correlation: at('correlation') } }];
    }
  }
}

function readDelay(notes: LitmusNotes, path: Path, filter: Givens): MeantFault[] {
  if (notes.mapping(path, { read: ['latency', 'correlation', 'jitter', 'reorder'] }) === undefined) return [];
  const latency = given(notes, [...path, 'latency'], withUnit);
  if (latency === undefined) notes.problem({ path: [...path, 'latency'], found: 'nothing', expected: 'the latency, for example 100ms' });
  const jitter = given(notes, [...path, 'jitter'], withUnit);
  const correlation = given(notes, [...path, 'correlation']);
  const jitters = jitter !== undefined && !isZero(jitter.value);
  const reorder = notes.valueAt([...path, 'reorder']);
  if (reorder === undefined || reorder === null) {
    if (correlation === undefined || jitters) {
      return [{ fault: 'pod-network-latency', path, given: { ...filter, latency, jitter, correlation } }];
    }
    checkAlone(notes, 'pod-network-loss', 'correlation', correlation);
    if (Number(correlation.value) !== 0)
      notes.warn('no-effect', correlation.path, 'correlation has no effect without jitter, as in Chaos Mesh');
    return [{ fault: 'pod-network-latency', path, given: { ...filter, latency, jitter } }];
  }
  if (jitters)
    notes.problem({
      path: jitter.path,
      found: describe(jitter.written),
      expected: 'no jitter beside reorder: squall delays by the same time',
    });
  if (correlation !== undefined && Number(correlation.value) !== 0) {
    notes.warn('no-effect', correlation.path, 'correlation has no effect without jitter, as in Chaos Mesh; that of reorder has');
  }
  const place = [...path, 'reorder'];
  if (notes.mapping(place, { read: ['reorder', 'correlation', 'gap'] }) === undefined) return [];
  const at = (name: string) => given(notes, [...place, name]);
  const percent = at('reorder');
  if (percent === undefined)
    notes.problem({ path: place, found: 'no reorder', expected: 'the share of packets that go at once, for example "50"' });
  // without a gap, and with 0, any packet may go at once
  const gap = notes.valueAt([...place, 'gap']) === 0 ? undefined : at('gap');
  return [{ fault: 'pod-network-reorder', path: place, given: { ...filter, latency, percent, correlation: at('correlation'), gap } }];
}

/** Checks a value that will not be used. */
function checkAlone(notes: LitmusNotes, fault: string, name: string, { value, path }: Given): void {
  const parsed = findFault(fault)?.fault.parameters.byName[name]?.parse(value);
  if (parsed?.ok === false) notes.problem({ path, found: parsed.found, expected: parsed.expected });
}

/** Go takes 0 without a unit. */
function withUnit(value: unknown): unknown {
  return value === '0' ? '0ms' : value;
}

function isZero(value: unknown): boolean {
  const parsed = parseDuration(value);
  return parsed.ok && parsed.value === 0;
}

function readFilter(notes: LitmusNotes, path: Path, namespace: string | undefined): Givens {
  const way =
    notes.valueAt([...path, 'direction']) === ''
      ? undefined
      : notes.readOptional([...path, 'direction'], (value) => parseChoice(value, ['to', 'from', 'both']));
  const peers = readPeers(notes, [...path, 'target'], namespace);
  const outside = readExternal(notes, [...path, 'externalTargets'], peers !== undefined);
  if (
    (way === 'from' || way === 'both') &&
    peers === undefined &&
    Object.keys(outside).length === 0 &&
    !isRecord(notes.valueAt([...path, 'target']))
  ) {
    notes.warn(
      'chaos-mesh-differs',
      [...path, 'direction'],
      `Chaos Mesh refuses direction ${way} without a target; squall takes all that goes that way`,
    );
  }
  return {
    direction: { value: ways[way ?? 'to'], path: [...path, 'direction'] },
    peers,
    ...outside,
    // as in `eth0@if3`
    interface: given(notes, [...path, 'device'], (value) => (typeof value === 'string' ? value.replace(/@.*$/, '') : value)),
  };
}

/** Addresses, blocks of them and names of hosts, each of which may have a port. */
function readExternal(notes: LitmusNotes, path: Path, besidePeers: boolean): Givens {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return {};
  const found: Record<'hosts' | 'cidrs', string[]> = { hosts: [], cidrs: [] };
  const ports = new Set<string>();
  const items = [...(notes.list(path) ?? [])].map((written, index) => {
    const { host, port } = splitPort(written);
    ports.add(port);
    return { written, host, port, place: [...path, index] };
  });
  for (const { written, host, port, place } of items) {
    if (typeof host !== 'string') {
      notes.problem({ path: place, found: describe(written), expected: 'an address, a block of them or the name of a host' });
      continue;
    }
    const kind = isIP(host.split('/')[0] ?? '') > 0 || host.includes('/') ? 'cidrs' : 'hosts';
    const before = notes.problems.length;
    checkAlone(notes, 'pod-network-partition', kind, { value: [host], path: place });
    if (port !== '' && (ports.size > 1 || besidePeers)) {
      const expected = 'the same port everywhere, and no target beside it: squall has one list of ports for all';
      notes.problem({ path: place, found: describe(written), expected });
    }
    if (notes.problems.length === before && !found[kind].includes(host)) found[kind].push(host);
  }
  const [port = ''] = [...ports];
  return {
    ...(found.hosts.length === 0 ? {} : { hosts: { value: found.hosts, path } }),
    ...(found.cidrs.length === 0 ? {} : { cidrs: { value: found.cidrs, path } }),
    ...(port === '' ? {} : { ports: { value: [port], path } }),
  };
}

function splitPort(value: unknown): { host: unknown; port: string } {
  const match = typeof value === 'string' ? /^([^:[\]]+):(\d+)$|^\[([^[\]]+)\]:(\d+)$/.exec(value) : null;
  return match === null ? { host: value, port: '' } : { host: match[1] ?? match[3], port: match[2] ?? match[4] ?? '' };
}
