import type { Report } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { formatDuration, formatNumber, plural } from '../format.ts';
import { happenings } from '../timeline/happenings.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { dataTable } from './data-table.ts';
import { section } from './section.ts';

const mostHappenings = 400;

/** The run on one axis of time: drawn, and the same as tables. */
export function timelineSection(timeline: Timeline, report: Report, drawing: string | undefined): string {
  const parts = [
    `<p class="quiet">Times are UTC. Shaded: from a fault's injection to its undo.</p>`,
    ...(drawing === undefined
      ? []
      : [`<div class="wide" role="region" aria-label="Drawing of the timeline" tabindex="0">${drawing}</div>`]),
    ...timeline.leftOut.map((sentence) => `<p class="quiet">${text(sentence)}</p>`),
    `<details><summary>What happened, in the order of time</summary>\n${happeningsTable(timeline, report)}</details>`,
    `<details><summary>What was measured, every ${formatDuration(timeline.bucketMs)}</summary>\n${bucketsTable(timeline)}</details>`,
  ];
  return section('Timeline', parts.join('\n'), 'timeline');
}

/** What the drawing shows, in a few sentences. */
export function describeTimeline({ from, to, faults, lanes }: Timeline): string {
  const told = faults.slice(0, 12).map(({ number, experiment, fault, from: injected, to: undone }) => {
    const held = undone === null ? 'and not seen undone' : `undone at ${timeOf(undone)}`;
    return `${number}. ${experiment}: ${fault} injected at ${timeOf(injected)}, ${held}.`;
  });
  return [
    `${plural(faults.length, 'fault')} and ${plural(lanes.length, 'probe')} from ${timeOf(from)} to ${timeOf(to)} UTC.`,
    ...told,
    'The same facts are in the tables that follow.',
  ].join(' ');
}

function happeningsTable(timeline: Timeline, report: Report): string {
  const all = happenings(timeline, report);
  const table = dataTable({
    caption: 'What happened, in the order of time',
    columns: ['Time', 'After', 'What'],
    rows: all.slice(0, mostHappenings).map(({ at, text: what }) => [timeOf(at), formatDuration(at - timeline.from), text(what)]),
  });
  return all.length <= mostHappenings ? table : `${table}\n<p>${all.length - mostHappenings} more are left out.</p>`;
}

function bucketsTable({ writes, missed, measured, bucketMs }: Timeline): string {
  const starts = [...new Set([...writes, ...missed, ...measured.flatMap(({ buckets }) => buckets)].map(({ at }) => at))].toSorted(
    (a, b) => a - b,
  );
  const find = <T extends { at: number }>(all: readonly T[], at: number) => all.find((one) => one.at === at);
  return dataTable({
    caption: `What was measured, every ${formatDuration(bucketMs)}`,
    columns: [
      'From',
      ...(writes.length === 0 ? [] : ['Writes acknowledged', 'Not acknowledged']),
      'Outside the limit',
      'Without an answer',
      ...measured.map(
        ({ probe, unit, isLatency }) => `${probe}${unit === '' ? '' : `, ${unit}`}: ${isLatency ? 'p50, p95, p99' : 'median'}`,
      ),
    ],
    rows: starts.map((at) => {
      const written = find(writes, at);
      const off = find(missed, at);
      return [
        timeOf(at),
        ...(writes.length === 0 ? [] : [String(written?.acknowledged ?? '–'), String(written?.failed ?? '–')]),
        String(off?.outside ?? 0),
        String(off?.unanswered ?? 0),
        ...measured.map(({ buckets, isLatency }) => {
          const bucket = find(buckets, at);
          if (bucket === undefined) return '–';
          return (isLatency ? [bucket.p50, bucket.p95, bucket.p99] : [bucket.p50]).map(formatNumber).join(', ');
        }),
      ];
    }),
  });
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
