import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { Plan } from '../contracts/plan.ts';
import type { ExperimentReport } from '../contracts/report.ts';
import type { ExperimentTally, RoundTally } from '../contracts/round-tally.ts';
import { makeExperimentReport, makeSkippedReport } from './experiment-report.ts';
import { scoredProbes } from './score.ts';

/** The tally with one more round in it. `skips`: why experiments of the round were not begun. */
export function addRound(
  tally: RoundTally | null,
  plan: Plan,
  evidence: readonly ExperimentEvidence[],
  skips: Record<string, string>,
): RoundTally {
  const round = (tally?.rounds ?? 0) + 1;
  const experiments = plan.experiments.map((planned, position) => {
    const { name } = planned.spec;
    const found = evidence.find((one) => one.name === name);
    const report = found ? makeExperimentReport(found, planned) : makeSkippedReport(planned, skips[name] ?? 'it was not begun');
    return addExperiment(tally?.experiments[position] ?? { name, verdicts: {}, misses: {}, probes: [] }, round, report);
  });
  return { rounds: round, experiments };
}

function addExperiment(before: ExperimentTally, round: number, report: ExperimentReport): ExperimentTally {
  const { verdict, reason } = report;
  const probes = before.probes.map((probe) => ({ ...probe }));
  for (const { probe, weight, successPercent } of scoredProbes(report)) {
    const known = probes.find(({ name }) => name === probe);
    if (known === undefined) probes.push({ name: probe, weight, percentSum: successPercent, rounds: 1 });
    else {
      known.percentSum += successPercent;
      known.rounds++;
    }
  }
  return {
    name: before.name,
    verdicts: { ...before.verdicts, [verdict]: (before.verdicts[verdict] ?? 0) + 1 },
    misses: verdict === 'Passed' ? before.misses : { [verdict]: { round, reason }, ...before.misses },
    probes,
  };
}
