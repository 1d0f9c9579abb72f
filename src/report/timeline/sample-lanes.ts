import type { Sample } from '../../contracts/evidence.ts';
import type { ExperimentReport } from '../../contracts/report.ts';
import { nameOfProbe } from '../facts.ts';

/** `outside`: measured, and not within the tolerance. `unanswered`: not measured. */
export type SampleMark = 'passed' | 'outside' | 'unanswered';

/** All samples of one probe, over all experiments that have it. */
export interface SampleLane {
  probe: string;
  judged: boolean;
  samples: { at: number; mark: SampleMark }[];
}

export function sampleLanes(experiments: readonly ExperimentReport[]): SampleLane[] {
  const probes = experiments.flatMap((experiment) => experiment.probes).filter(({ samples }) => samples.length > 0);
  const byName = Map.groupBy(probes, (probe) => JSON.stringify([nameOfProbe(probe), probe.type]));
  return [...byName.values()].flatMap((same): SampleLane[] => {
    const [probe] = same;
    if (probe === undefined) return [];
    const samples = same.flatMap((one) => one.samples).map((sample) => ({ at: sample.at, mark: markOf(sample) }));
    return [
      {
        probe: nameOfProbe(probe),
        judged: same.some(({ tolerance }) => tolerance !== null),
        samples: samples.toSorted((a, b) => a.at - b.at),
      },
    ];
  });
}

function markOf({ ok, error }: Sample): SampleMark {
  if (error !== undefined) return 'unanswered';
  return ok ? 'passed' : 'outside';
}

/** What only the end of a fault could tell. */
export interface Outcome {
  at: number;
  experiment: string;
  text: string;
}

export function outcomesOf(experiments: readonly ExperimentReport[]): Outcome[] {
  return experiments.flatMap(({ name, outcome, revertedAt }) =>
    outcome === null || revertedAt === null ? [] : [{ at: Date.parse(revertedAt), experiment: name, text: outcome }],
  );
}
