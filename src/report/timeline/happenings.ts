import type { Report } from '../../contracts/report.ts';
import { formatDuration, plural } from '../format.ts';
import type { SampleLane } from './sample-lanes.ts';
import type { Timeline } from './timeline.ts';

export interface Happening {
  at: number;
  text: string;
}

/** What the timeline shows, in words, in the order of time: for those who do not see it, and for who looks for one instant. */
export function happenings(timeline: Timeline, report: Report): Happening[] {
  const { faults, leaders, outcomes, lanes, events } = timeline;
  const all: Happening[] = [
    ...(report.rounds === null ? [{ at: Date.parse(report.startedAt), text: 'the run began' }] : []),
    ...faults.flatMap(({ number, experiment, fault, from, to, plannedEnd, confirmedAt, recoveredAt, again }): Happening[] => {
      const name = `${number}. ${experiment}`;
      const late = to === null || plannedEnd === null ? null : to - plannedEnd;
      return [
        { at: from, text: `${name}: ${fault} injected` },
        ...again.map((at) => ({ at, text: `${name}: ${fault} injected anew` })),
        ...(to === null ? [] : [{ at: to, text: `${name}: undone${late === null ? '' : lateness(late)}` }]),
        ...(confirmedAt === null ? [] : [{ at: confirmedAt, text: `${name}: proven gone` }]),
        ...(recoveredAt === null ? [] : [{ at: recoveredAt, text: `${name}: steady state was back` }]),
      ];
    }),
    ...leaders.map(({ from, leader, certain }) => ({
      at: from,
      text: leader === null ? 'leader: nobody' : `leader: ${leader}${certain ? '' : ', not seen throughout'}`,
    })),
    ...outcomes.map(({ at, experiment, text }) => ({ at, text: `${experiment}: ${text}` })),
    ...lanes.flatMap(stretches),
    ...events.flatMap((lane) =>
      lane.events.map(({ at, isWarning, object, reason, message, count }) => ({
        at,
        text: `${isWarning ? 'warning' : 'event'} of ${object}: ${reason}: ${message}${count > 1 ? ` (${count} times)` : ''}`,
      })),
    ),
    ...(report.rounds === null ? [{ at: Date.parse(report.endedAt), text: 'the run ended' }] : []),
  ];
  return all.toSorted((a, b) => a.at - b.at);
}

function lateness(ms: number): string {
  return `, ${formatDuration(Math.abs(ms))} ${ms < 0 ? 'before' : 'after'} its planned end`;
}

/** Samples in a row that were not as expected. */
function stretches({ probe, samples }: SampleLane): Happening[] {
  const found: Happening[] = [];
  let begin = -1;
  for (let index = 0; index <= samples.length; index++) {
    const fine = samples[index] === undefined || samples[index]?.mark === 'passed';
    if (!fine && begin === -1) begin = index;
    if (!fine || begin === -1) continue;
    const row = samples.slice(begin, index);
    const [first] = row;
    const last = row.at(-1);
    const unanswered = row.filter(({ mark }) => mark === 'unanswered').length;
    const kinds = [
      ...(unanswered > 0 ? [`${unanswered} without an answer`] : []),
      ...(unanswered < row.length ? [`${row.length - unanswered} outside the limit`] : []),
    ];
    if (first !== undefined && last !== undefined) {
      const lasted = row.length > 1 ? ` in ${formatDuration(last.at - first.at)}` : '';
      found.push({ at: first.at, text: `${probe}: ${plural(row.length, 'sample')} not as expected${lasted}: ${kinds.join(', ')}` });
    }
    begin = -1;
  }
  return found;
}
