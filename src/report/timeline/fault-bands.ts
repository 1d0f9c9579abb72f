import type { ExperimentReport } from '../../contracts/report.ts';

/** A fault from its injection to its undo. */
export interface FaultBand {
  /** the experiment's number in the report, from 1 */
  number: number;
  experiment: string;
  fault: string;
  /** false: it was done in an instant, and the band is how long its consequences were observed */
  holds: boolean;
  /** faults that do not overlap share a row where there are many; from 0 */
  row: number;
  from: number;
  /** null: it was not seen undone */
  to: number | null;
  /** null: done in an instant, or not known */
  plannedEnd: number | null;
  confirmedAt: number | null;
  recoveredAt: number | null;
  /** injected anew, or put back after a restart */
  again: number[];
}

const mostRows = 12;

/** Of the experiments that injected something, a row each; where that were too many rows, those that do not overlap share one. */
export function faultBands(experiments: readonly ExperimentReport[]): FaultBand[] {
  const bands = experiments.flatMap((experiment, index) => bandOf(experiment, index + 1));
  if (bands.length <= mostRows) return bands.map((band, row) => ({ ...band, row }));
  const ends: number[] = [];
  return bands
    .toSorted((a, b) => a.from - b.from)
    .map((band) => {
      const free = ends.findIndex((end) => end <= band.from);
      const row = free === -1 ? ends.length : free;
      ends[row] = Math.max(band.to ?? Number.POSITIVE_INFINITY, band.recoveredAt ?? 0, band.plannedEnd ?? 0);
      return { ...band, row };
    });
}

function bandOf(experiment: ExperimentReport, number: number): FaultBand[] {
  const { injectedAt, revertedAt, revertLateMs, confirmedAt, recoverySeconds } = experiment;
  if (injectedAt === null) return [];
  const from = Date.parse(injectedAt);
  const to = revertedAt === null ? null : Math.max(from, Date.parse(revertedAt));
  const again = [...experiment.repeatedAt, ...experiment.reestablished.map(({ at }) => at)].map((at) => Date.parse(at)).toSorted(byNumber);
  // As `recoverySeconds` is counted: from the end of a fault that holds, else from the last injection.
  const end = revertLateMs === null ? Math.max(from, ...experiment.repeatedAt.map((at) => Date.parse(at))) : to;
  return [
    {
      number,
      experiment: experiment.name,
      fault: experiment.fault,
      // A report of before it was told: what is done in an instant has no planned end.
      holds: experiment.asked?.holds ?? revertLateMs !== null,
      row: 0,
      from,
      to,
      plannedEnd: to === null || revertLateMs === null ? null : to - revertLateMs,
      confirmedAt: confirmedAt === null ? null : Date.parse(confirmedAt),
      recoveredAt: recoverySeconds === null || end === null ? null : end + recoverySeconds * 1_000,
      again,
    },
  ];
}

function byNumber(a: number, b: number): number {
  return a - b;
}
