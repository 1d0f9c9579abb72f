import { accessSync, constants } from 'node:fs';
import { checkedMapping, field, list, mapping, raise } from '../campaign/fields.ts';
import {
  bad,
  good,
  type Parsed,
  parseBoolean,
  parseChoice,
  parseInteger,
  parseList,
  parseName,
  parseText,
  parseUrl,
} from '../campaign/units.ts';
import { type FileProblem, parseYaml, placed, readFileBy } from '../configuration-file.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { errorMessage } from '../error-message.ts';
import { type Destination, type NotifiableType, notifiable, type Receiver } from './receiver.ts';

export type ReadReceivers = { ok: true; receivers: Receiver[] } | { ok: false; problems: FileProblem[] };

const verdicts = ['Passed', 'Failed', 'Aborted', 'Error'] as const satisfies Verdict[];

/** Chat is for people: what each fault does is in the report. */
const chatEvents: NotifiableType[] = [
  'run.started',
  'run.finished',
  'run.approval-awaited',
  'run.stop-condition',
  'undo.failing',
  'undo.settled',
];
/** What these show is faults. */
const faultEvents: NotifiableType[] = ['fault.injected', 'fault.reverted', 'undo.failing', 'undo.settled'];

const file = field(parseFile);
const patterns = field(parsePatterns);
const kinds = ['webhook', 'slack', 'grafana', 'kubernetesEvents'] as const;

const receiver = checkedMapping(
  {
    name: field((value) => parseName(value, 'ops')),
    webhook: mapping({ url: field(parseUrl), secretFile: file }).optional(),
    slack: mapping({ urlFile: file }).optional(),
    grafana: mapping({
      url: field(parseUrl),
      tokenFile: file,
      tags: field((value) => parseList(value, 'squall,chaos')).optional(),
      dashboardUid: field((value) => parseText(value, 'redis-overview')).optional(),
      panelId: field((value) => parseInteger(value, { min: 1 })).optional(),
    }).optional(),
    kubernetesEvents: field(parseBoolean).optional(),
    events: listOf(notifiable).optional(),
    campaigns: patterns.optional(),
    namespaces: patterns.optional(),
    verdicts: listOf(verdicts).optional(),
  },
  (given, context) => {
    const named = kinds.filter((kind) => given[kind] !== undefined && given[kind] !== false);
    if (named.length > 1) raise(context, [], named.join(' and '), `one of ${kinds.join(', ')}`);
    const fixed = named.find((kind) => kind === 'grafana' || kind === 'kubernetesEvents');
    if (fixed !== undefined && given.events !== undefined) raise(context, ['events'], 'events', `none: ${fixed} shows faults`);
  },
);

const receiversFile = mapping({
  receivers: list(receiver, { min: 1, nameOf: (written) => ({ name: (written as { name?: unknown } | null)?.name, path: ['name'] }) }),
});

/** Reads the text of a file of receivers: every mistake with its place, what was found and what was expected. */
export function parseReceivers(text: string, fileName: string): ReadReceivers {
  const parsed = parseYaml(receiversFile, text, fileName);
  if (!parsed.ok) return placed(parsed.problems, fileName);
  const { value, document } = parsed;
  // A kind that is wrong in itself is told of above, and is none here.
  const without = value.receivers.flatMap((given, index) => (kinds.some((kind) => given[kind]) ? [] : [index]));
  if (without.length > 0) {
    const expected = `one of ${kinds.join(', ')}`;
    const issues = without.map((index) => ({ path: ['receivers', index], found: 'no kind of receiver', expected }));
    return placed(
      issues.map((issue) => document.problem(issue)),
      fileName,
    );
  }
  const receivers = value.receivers.map(({ name, events, campaigns, namespaces, verdicts: wanted, ...kind }): Receiver => {
    const to = destinationOf(kind);
    const all = to.kind === 'webhook' ? notifiable : to.kind === 'slack' ? chatEvents : faultEvents;
    return { name, to, events: events ?? all, campaigns: campaigns ?? null, namespaces: namespaces ?? null, verdicts: wanted ?? null };
  });
  return { ok: true, receivers };
}

/** Reads a file of receivers. A file that cannot be read is a problem, too. */
export function readReceivers(path: string): ReadReceivers {
  return readFileBy(path, parseReceivers);
}

interface Kinds {
  webhook?: { url: string; secretFile: string } | undefined;
  slack?: { urlFile: string } | undefined;
  grafana?:
    | { url: string; tokenFile: string; tags?: string[] | undefined; dashboardUid?: string | undefined; panelId?: number | undefined }
    | undefined;
}

function destinationOf({ webhook, slack, grafana }: Kinds): Destination {
  if (webhook !== undefined) return { kind: 'webhook', ...webhook };
  if (slack !== undefined) return { kind: 'slack', ...slack };
  if (grafana === undefined) return { kind: 'kubernetes-events' };
  const { url, tokenFile, tags = [], dashboardUid = null, panelId = null } = grafana;
  return { kind: 'grafana', url: url.replace(/\/+$/, ''), tokenFile, tags, dashboardUid, panelId };
}

/** It is read when it is needed; that it is not there is told at once. */
function parseFile(value: unknown): Parsed<string> {
  if (typeof value !== 'string' || value === '') return bad(value, 'the path of a file');
  try {
    accessSync(value, constants.R_OK);
    return good(value);
  } catch (error) {
    return bad(value, `a readable file (${errorMessage(error)})`);
  }
}

function parsePatterns(value: unknown): Parsed<string[]> {
  const parsed = parseList(value, 'redis-*');
  return parsed.ok && parsed.value.every((name) => /^[A-Za-z0-9*._-]+$/.test(name))
    ? parsed
    : bad(value, 'names, in which * stands for any text');
}

function listOf<const T extends string>(choices: readonly T[]) {
  return list(
    field((value) => parseChoice(value, choices)),
    { min: 1 },
  );
}
