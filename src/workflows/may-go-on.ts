import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { PlannedExperiment } from '../contracts/plan.ts';
import { makeExperimentReport } from '../report/experiment-report.ts';

/**
 * Whether the next step may begin: never when the chaos itself went wrong or steady state is not back,
 * for a fault on an unsteady workload could not be told from the one before; else as the experiment says.
 */
export function mayGoOn(planned: PlannedExperiment, evidence: ExperimentEvidence): boolean {
  const { verdict, recoverySeconds } = makeExperimentReport(evidence, planned);
  if (verdict === 'Passed') return true;
  return verdict === 'Failed' && recoverySeconds !== null && planned.spec.onFailure === 'continue';
}
