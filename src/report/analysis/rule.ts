import type { ExperimentEvidence } from '../../contracts/evidence.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ExperimentReport, Finding } from '../../contracts/report.ts';

/** An experiment that was started, as a rule sees it. */
export interface RuleInput {
  plan: Plan;
  evidence: ExperimentEvidence;
  experiment: ExperimentReport;
}

export interface Conclusion {
  findings: Finding[];
  /** what the evidence shows was not the cause, in one sentence; null: the evidence does not tell */
  ruledOut: string | null;
}

/** Looks at one experiment for one kind of cause. Without evidence it finds nothing and rules out nothing. */
export type Rule = (input: RuleInput) => Conclusion;

export const nothing: Conclusion = { findings: [], ruledOut: null };
