import type { Parameters, ProbeSpec, Tolerance } from '../contracts/campaign.ts';
import { isRecord } from './document.ts';
import type { KeyTable, LitmusNotes } from './litmus-notes.ts';
import { defaultWeight } from './probe.ts';
import { findProbeType } from './probe-types.ts';
import type { Path } from './problem.ts';
import {
  bad,
  describe,
  good,
  type Parsed,
  parseChoice,
  parseDuration,
  parseInteger,
  parseName,
  parseNumber,
  parseText,
  parseUrl,
} from './units.ts';

const whenOfMode = { Continuous: 'continuous', OnChaos: 'during', EOT: 'after' } as const;
const baselineOnly = 'Continuous, OnChaos or EOT: what holds before any fault, squall checks of every probe by itself';
const onceOnly = 'absent: squall counts every sample, and a probe may say how many must succeed in a squall.dev/v1 Campaign';

const probeKeys: KeyTable = { read: ['name', 'type', 'mode', 'runProperties', 'httpProbe/inputs', 'promProbe/inputs'] };
const runPropertyKeys: KeyTable = {
  read: ['probeTimeout', 'interval', 'probePollingInterval', 'attempt', 'retry', 'stopOnFailure', 'initialDelay'],
  noEffect: { verbosity: 'squall keeps every sample', evaluationTimeout: 'a squall probe has one timeout, probeTimeout' },
};

/** The hypothesis a Litmus experiment's probes make: those squall has a probe of the same meaning for; the others are problems. */
export function readLitmusProbes(notes: LitmusNotes, path: Path): ProbeSpec[] {
  const names = new Set<string>();
  return [...(notes.list(path) ?? []).keys()].flatMap((index) => {
    const probe = readProbe(notes, [...path, index]);
    if (probe === undefined) return [];
    if (names.has(probe.name))
      notes.problem({ path: [...path, index, 'name'], found: `${probe.name} a second time`, expected: 'a name of its own' });
    names.add(probe.name);
    return [probe];
  });
}

function readProbe(notes: LitmusNotes, path: Path): ProbeSpec | undefined {
  const type = isRecord(notes.valueAt(path)) ? notes.valueAt([...path, 'type']) : undefined;
  if (type === 'cmdProbe' || type === 'k8sProbe') {
    notes.problem({ path: [...path, 'type'], found: type, expected: 'httpProbe or promProbe: squall has no probe of that meaning yet' });
    return undefined;
  }
  if (notes.mapping(path, probeKeys) === undefined) return undefined;
  const name = notes.read([...path, 'name'], (value) => parseName(value, 'frontend-is-up'));
  const kind = notes.read([...path, 'type'], (value) => parseChoice(value, ['httpProbe', 'promProbe']));
  const when = notes.read([...path, 'mode'], readMode);
  const timing = notes.valueAt([...path, 'runProperties']) === undefined ? {} : readTiming(notes, [...path, 'runProperties']);
  if (kind === undefined) return undefined;
  const inputs = kind === 'httpProbe' ? readHttp(notes, [...path, 'httpProbe/inputs']) : readProm(notes, [...path, 'promProbe/inputs']);
  const defaults = findProbeType(kind === 'httpProbe' ? 'http' : 'prometheus');
  if (name === undefined || when === undefined || inputs === undefined || defaults === undefined) return undefined;
  return {
    name,
    type: defaults.name,
    parameters: inputs.parameters,
    when,
    // one failed poll fails a probe of Litmus
    tolerance: { ...inputs.bound, successPercent: 100 },
    weight: defaultWeight,
    intervalMs: timing.intervalMs ?? defaults.intervalMs,
    timeoutMs: timing.timeoutMs ?? defaults.timeoutMs,
  };
}

function readMode(value: unknown): Parsed<ProbeSpec['when']> {
  if (value === 'SOT' || value === 'Edge') return bad(value, baselineOnly);
  const mode = parseChoice(value, ['Continuous', 'OnChaos', 'EOT']);
  return mode.ok ? good(whenOfMode[mode.value]) : mode;
}

function readTiming(notes: LitmusNotes, path: Path): { intervalMs?: number; timeoutMs?: number } {
  if (notes.mapping(path, runPropertyKeys) === undefined) return {};
  const time = (key: string, minMs: number) =>
    notes.readOptional([...path, key], (value) => parseDuration(value, { bareUnit: 's', minMs }));
  const timeoutMs = time('probeTimeout', 10);
  const interval = time('interval', 0);
  const polling = time('probePollingInterval', 50);
  for (const key of ['attempt', 'retry']) {
    const tries = notes.readOptional([...path, key], parseInteger);
    if (tries !== undefined && tries > 1) notes.problem({ path: [...path, key], found: `${tries} tries`, expected: onceOnly });
  }
  if (notes.valueAt([...path, 'stopOnFailure']) === true) {
    notes.problem({ path: [...path, 'stopOnFailure'], found: 'true', expected: 'false: stop conditions are not supported yet' });
  }
  const delay = time('initialDelay', 0);
  if (delay !== undefined && delay > 0) {
    notes.problem({ path: [...path, 'initialDelay'], found: `${delay} ms`, expected: '0: squall samples from the start' });
  }
  const intervalMs = polling ?? (interval === 0 ? undefined : interval);
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(intervalMs === undefined ? {} : { intervalMs }) };
}

interface ProbeInputs {
  parameters: Parameters;
  bound: Omit<Tolerance, 'successPercent'>;
}

function readHttp(notes: LitmusNotes, path: Path): ProbeInputs | undefined {
  const table: KeyTable = {
    read: ['url', 'method', 'insecureSkipVerify'],
    unsupported: { headers: 'no headers: squall sends a plain GET' },
  };
  if (notes.mapping(path, table) === undefined) return undefined;
  const url = notes.read([...path, 'url'], parseUrl);
  if (notes.valueAt([...path, 'insecureSkipVerify']) === true) {
    notes.problem({ path: [...path, 'insecureSkipVerify'], found: 'true', expected: 'false: squall verifies certificates' });
  }
  const post = 'get: squall sends a plain GET';
  if (notes.mapping([...path, 'method'], { read: ['get'], unsupported: { post } }) === undefined) return undefined;
  const get = [...path, 'method', 'get'];
  if (notes.mapping(get, { read: ['criteria', 'responseCode'] }) === undefined) return undefined;
  const criteria = notes.read([...get, 'criteria'], (value) => parseChoice(value, ['==']));
  const status = notes.read([...get, 'responseCode'], (value) => parseInteger(value, { min: 100, max: 599, example: 200 }));
  if (url === undefined || criteria === undefined || status === undefined) return undefined;
  return { parameters: { url, expectedStatus: status }, bound: { comparator: 'succeeds' } };
}

function readProm(notes: LitmusNotes, path: Path): ProbeInputs | undefined {
  const table: KeyTable = { read: ['endpoint', 'query', 'comparator'], unsupported: { queryPath: 'query, with the query itself' } };
  if (notes.mapping(path, table) === undefined) return undefined;
  const url = notes.read([...path, 'endpoint'], parseUrl);
  const query = notes.read([...path, 'query'], (value) => parseText(value, 'up'));
  const comparison = [...path, 'comparator'];
  if (notes.mapping(comparison, { read: ['type', 'criteria', 'value'] }) === undefined) return undefined;
  const type = notes.valueAt([...comparison, 'type']);
  if (type !== undefined && type !== 'int' && type !== 'float') {
    notes.problem({ path: [...comparison, 'type'], found: describe(type), expected: 'int or float' });
  }
  const comparator = notes.read([...comparison, 'criteria'], (value) => parseChoice(value, ['<=', '<', '>=', '>', '==', '!=']));
  const value = notes.read([...comparison, 'value'], parseNumber);
  if (url === undefined || query === undefined || comparator === undefined || value === undefined) return undefined;
  return { parameters: { query, url }, bound: { comparator, value } };
}
