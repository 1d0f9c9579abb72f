import type { ProbeSpec } from '../../contracts/campaign.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import { defaultWeight } from '../probe.ts';
import type { Path } from '../problem.ts';
import { describe, parseBoolean, parseChoice, parseInteger, parseUrl } from '../units.ts';

const ownTiming = 'squall samples for as long as the experiment lasts';

export interface StatusCheck {
  probe: ProbeSpec;
  /** true: for as long as the chaos beside it lasts; false: once, after the chaos before it */
  continuous: boolean;
  /** true: when it fails, nothing that comes after is done */
  aborts: boolean;
  path: Path;
}

/** The `statusCheck` of a Workflow's template as a probe of the hypothesis. */
export function readStatusCheck(notes: LitmusNotes, template: Path, name: string): StatusCheck | undefined {
  const aborts = notes.readOptional([...template, 'abortWithStatusCheck'], parseBoolean) ?? false;
  const path = [...template, 'statusCheck'];
  const keys = {
    read: ['mode', 'type', 'timeoutSeconds', 'intervalSeconds', 'failureThreshold', 'successThreshold', 'http'],
    noEffect: { duration: ownTiming, recordsHistoryLimit: 'squall keeps every sample' },
  };
  if (notes.mapping(path, keys) === undefined) return undefined;
  const mode = notes.readOptional([...path, 'mode'], (value) => parseChoice(value, ['Synchronous', 'Continuous'])) ?? 'Synchronous';
  notes.readOptional([...path, 'type'], (value) => parseChoice(value, ['HTTP']));
  const seconds = (key: string, standard: number) =>
    (notes.readOptional([...path, key], (value) => parseInteger(value, { min: 1, max: 86_400 })) ?? standard) * 1000;
  const timeoutMs = seconds('timeoutSeconds', 1);
  const intervalMs = seconds('intervalSeconds', 10);
  readThresholds(notes, path);
  const parameters = readHttp(notes, [...path, 'http']);
  if (parameters === undefined) return undefined;
  const probe: ProbeSpec = {
    name,
    type: 'http',
    parameters,
    when: mode === 'Continuous' ? 'during' : 'after',
    tolerance: { comparator: 'succeeds', successPercent: 100 },
    weight: defaultWeight,
    intervalMs,
    timeoutMs,
  };
  return { probe, continuous: mode === 'Continuous', aborts, path };
}

function readThresholds(notes: LitmusNotes, path: Path): void {
  const place = [...path, 'failureThreshold'];
  const failures = notes.readOptional(place, (value) => parseInteger(value, { min: 1 })) ?? 3;
  notes.readOptional([...path, 'successThreshold'], (value) => parseInteger(value, { min: 1 }));
  if (failures === 1) return;
  const message = `failureThreshold ${failures}: Chaos Mesh lets ${failures - 1} failures in a row pass; to squall every sample counts`;
  notes.warn('chaos-mesh-differs', notes.valueAt(place) === undefined ? path : place, message);
}

function readHttp(notes: LitmusNotes, path: Path): ProbeSpec['parameters'] | undefined {
  const plain = 'nothing: squall sends a plain GET';
  if (notes.mapping(path, { read: ['url', 'method', 'criteria'], unsupported: { headers: plain, body: plain } }) === undefined)
    return undefined;
  const url = notes.read([...path, 'url'], parseUrl);
  notes.readOptional([...path, 'method'], (value) => parseChoice(value, ['GET']));
  if (notes.mapping([...path, 'criteria'], { read: ['statusCode'] }) === undefined) return undefined;
  const place = [...path, 'criteria', 'statusCode'];
  const code = notes.valueAt(place);
  if (typeof code === 'string' && /^\d+-\d+$/.test(code)) {
    notes.problem({ path: place, found: describe(code), expected: 'one status, for example "200": squall expects one' });
    return undefined;
  }
  const expectedStatus = notes.read(place, (value) => parseInteger(value, { min: 100, max: 599, example: 200 }));
  return url === undefined || expectedStatus === undefined ? undefined : { url, expectedStatus };
}
