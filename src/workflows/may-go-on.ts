import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { PlannedExperiment } from '../contracts/plan.ts';
import { makeExperimentReport } from '../report/experiment-report.ts';

/**
 * Whether the next step may begin: never when the chaos itself went wrong or steady state is not back,
 * for a fault on an unsteady workload could not be told from the one before; else as the experiment says.
 * Where it says that a person decides, the person has decided.
 */
export function mayGoOn(planned: PlannedExperiment, evidence: ExperimentEvidence | undefined): boolean {
  if (evidence === undefined) return false;
  const { verdict, recoverySeconds } = makeExperimentReport(evidence, planned);
  if (verdict === 'Passed' || verdict === 'Skipped') return true;
  const { onFailure } = planned.spec;
  if (onFailure === 'pause') return verdict !== 'Aborted';
  return verdict === 'Failed' && recoverySeconds !== null && onFailure === 'continue';
}

/** Whether a person is to say how it goes on. */
export function needsPerson(planned: PlannedExperiment, evidence: ExperimentEvidence | undefined): boolean {
  if (planned.spec.onFailure !== 'pause' || evidence === undefined) return false;
  const { verdict } = makeExperimentReport(evidence, planned);
  return verdict === 'Failed' || verdict === 'Error';
}
