import { isRecord, readDocument, type SourceDocument } from '../campaign/document.ts';
import { issuesOf, optional } from '../campaign/fields.ts';
import { parseCampaign } from '../campaign/parse.ts';
import { formatPath, type Path, type Problem } from '../campaign/problem.ts';
import { describe } from '../campaign/units.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { RolloutWorkload, SavedCampaign } from '../contracts/schedule.ts';
import { embeddedDocument } from './embedded-document.ts';
import { rolloutKinds, scheduleDocument } from './schema.ts';

export type ParsedSchedule = { ok: true; schedule: SavedCampaign } | { ok: false; problems: Problem[] };

const campaignPath = ['spec', 'campaign'];

/**
 * Reads a saved campaign in YAML or JSON: a document `kind: Schedule` with the campaign, in any dialect that squall reads, at
 * `spec.campaign`. All mistakes of both are reported, in the order of the text.
 */
export function parseSchedule(text: string, options: { fileName?: string } = {}): ParsedSchedule {
  const { fileName = 'document' } = options;
  const read = readDocument(text, fileName);
  if (!read.ok) return read;
  const { document } = read;
  if (!isRecord(document.value))
    return fail([document.problem({ path: [], found: describe(document.value), expected: 'a mapping with apiVersion and kind' })]);
  const parsed = scheduleDocument.safeParse(document.value);
  const problems = parsed.success ? [] : issuesOf(parsed.error, document.value).map((issue) => document.problem(issue));
  const embedded = embeddedDocument(text, campaignPath);
  if (embedded === undefined) {
    const found = isRecord(document.value.spec) ? describe(document.value.spec.campaign) : 'no spec';
    return fail([...problems, document.problem({ path: campaignPath, found, expected: 'a campaign, with its apiVersion and kind' })]);
  }
  const inPlace = parseCampaign(embedded.inPlace, { fileName });
  if (!inPlace.ok) return fail([...problems, ...inPlace.problems.map((problem) => within(problem, fileName))]);
  if (!parsed.success) return fail(problems);
  // Its lines are those of the document that its runs are given.
  const alone = parseCampaign(embedded.alone);
  const campaign = alone.ok ? alone.campaign : inPlace.campaign;
  const { metadata, spec } = parsed.data;
  const { triggers } = spec;
  const onRollout = workloadOf(triggers.onRollout ? optional(triggers.onRollout) : null, campaign, document);
  if (onRollout !== null && 'problem' in onRollout) return fail([onRollout.problem]);
  return {
    ok: true,
    schedule: {
      name: metadata.name,
      campaign,
      document: embedded.alone,
      source: text,
      triggers: {
        cron: triggers.cron ?? [],
        calendar: (triggers.calendar ?? []).map((time) => optional(time)),
        intervals: (triggers.interval ?? []).map(({ every, offset }) => ({ everyMs: every, offsetMs: offset })),
        onRollout,
        webhook: triggers.webhook ?? false,
      },
      overlap: spec.overlap,
      catchUpWindowMs: spec.catchUpWindow,
      jitterMs: spec.jitter,
      timeZone: spec.timeZone,
      paused: spec.paused,
    },
  };
}

function fail(problems: Problem[]): ParsedSchedule {
  return { ok: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** A mistake of the campaign, with its path from the root of the whole. */
function within(problem: Problem, fileName: string): Problem {
  const path = problem.path === '' ? campaignPath.join('.') : `${campaignPath.join('.')}.${problem.path}`;
  const { line, column, found, expected } = problem;
  return { ...problem, path, message: `${fileName}:${line}:${column} ${path}: found ${found}, expected ${expected}` };
}

/** What is not said of the workload is that of the campaign's target. */
function workloadOf(
  written: Partial<RolloutWorkload> | null,
  { target }: Campaign,
  document: SourceDocument,
): RolloutWorkload | { problem: Problem } | null {
  if (written === null) return null;
  const kind = written.kind ?? rolloutKinds.find((known) => known === target.kind);
  const name = written.name ?? target.name;
  if (kind !== undefined && name !== undefined) {
    return { cluster: written.cluster ?? target.cluster, namespace: written.namespace ?? target.namespace, kind, name };
  }
  const path: Path = ['spec', 'triggers', 'onRollout'];
  const missing = [kind === undefined ? 'kind' : undefined, name === undefined ? 'name' : undefined].filter((key) => key !== undefined);
  const expected = `${missing.join(' and ')} of the workload (${rolloutKinds.join(', ')}): the campaign's target is given without`;
  return { problem: document.problem({ path, found: `a workload without ${formatPath(missing)}`, expected }) };
}
