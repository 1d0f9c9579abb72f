import type { Report } from '../../contracts/report.ts';
import { bucketWidth } from './buckets.ts';
import { type EventLane, eventLanes } from './event-lanes.ts';
import { type FaultBand, faultBands } from './fault-bands.ts';
import { type LeaderSpan, leaderSpans } from './leader-spans.ts';
import { type Measured, measuredSeries } from './measured.ts';
import { type MissedBucket, missedBuckets } from './missed-buckets.ts';
import { type Outcome, outcomesOf, type SampleLane, sampleLanes } from './sample-lanes.ts';
import { type WriteBucket, writeBuckets } from './write-buckets.ts';

/**
 * What happened in a run, on one axis of time: plain data, bounded however long the run was, from its report alone. Times are
 * milliseconds since the epoch.
 */
export interface Timeline {
  from: number;
  to: number;
  /** what percentiles and counts are taken over */
  bucketMs: number;
  faults: FaultBand[];
  /** who led a redis, as far as it is known; empty: not redis, or not known */
  leaders: LeaderSpan[];
  writes: WriteBucket[];
  /** what only the end of a fault could tell, for example how many acknowledged writes were lost */
  outcomes: Outcome[];
  measured: Measured[];
  missed: MissedBucket[];
  lanes: SampleLane[];
  events: EventLane[];
  /** in sentences: what was too much to be drawn */
  leftOut: string[];
}

const mostMeasured = 6;
const mostLanes = 16;

/** Null: nothing was injected and nothing measured, so that there is nothing to be drawn. */
export function makeTimeline(report: Report): Timeline | null {
  const faults = faultBands(report.experiments);
  const instants = [
    ...faults.flatMap(({ from, to, plannedEnd, recoveredAt }) => [from, to ?? from, plannedEnd ?? from, recoveredAt ?? from]),
    ...report.experiments.flatMap(({ probes }) => probes.flatMap(({ samples }) => samples.map(({ at }) => at))),
  ];
  if (instants.length === 0) return null;
  // Of a campaign of rounds only the last one is told: the run's beginning may be days away.
  if (report.rounds === null) instants.push(Date.parse(report.startedAt), Date.parse(report.endedAt));
  const from = instants.reduce((least, at) => Math.min(least, at));
  const to = Math.max(
    from + 1_000,
    instants.reduce((most, at) => Math.max(most, at)),
  );
  const bucketMs = bucketWidth(to - from);
  const span = { from, to, bucketMs };
  const lanes = sampleLanes(report.experiments);
  const measured = measuredSeries(report.experiments, span);
  return {
    ...span,
    faults,
    leaders: leaderSpans(report, span),
    writes: writeBuckets(report.experiments, span),
    outcomes: outcomesOf(report.experiments),
    measured: measured.slice(0, mostMeasured),
    missed: missedBuckets(report.experiments, span),
    lanes: lanes.slice(0, mostLanes),
    events: eventLanes(report.experiments, span),
    leftOut: [
      ...tooMany(measured.length - mostMeasured, 'measured series'),
      ...tooMany(lanes.length - mostLanes, 'lanes of probes'),
      ...tooMany(
        report.experiments.reduce((sum, { clusterEventsLeftOut = 0 }) => sum + clusterEventsLeftOut, 0),
        'events of the cluster',
      ),
    ],
  };
}

function tooMany(count: number, what: string): string[] {
  return count > 0 ? [`${count} more ${what} are not drawn.`] : [];
}
