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
export interface Rule {
  name: string;
  /** which evidence it looks at: a part of a sentence */
  looksAt: string;
  /** what it finds, and when: a sentence */
  finds: string;
  /** the fix that it offers: a sentence; null: there is none that would fit all */
  fix: string | null;
  conclude(input: RuleInput): Conclusion;
}

export const nothing: Conclusion = { findings: [], ruledOut: null };

export function found(...findings: Finding[]): Conclusion {
  return { findings, ruledOut: null };
}

export function ruledOut(sentence: string): Conclusion {
  return { findings: [], ruledOut: sentence };
}
