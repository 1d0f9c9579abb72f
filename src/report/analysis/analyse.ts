import type { FinishInput } from '../../contracts/activities.ts';
import { partOf } from '../../contracts/plan-parts.ts';
import type { ExperimentReport, Finding } from '../../contracts/report.ts';
import { replicasNotLinked } from './replicas-not-linked.ts';
import { rules } from './rules.ts';
import { unexplained } from './unexplained.ts';

/** What the evidence shows of causes; an experiment that failed without one is a finding too. */
export function analyse(input: FinishInput, experiments: readonly ExperimentReport[]): Finding[] {
  const findings = replicasNotLinked(input.validation);
  const { plan } = input;
  if (plan === null) return findings;
  for (const experiment of experiments) {
    const evidence = input.evidence.find((one) => one.name === experiment.name);
    if (evidence === undefined) continue;
    const planned = plan.experiments.find(({ spec }) => spec.name === experiment.name);
    // What there is of its own cluster.
    const part = planned === undefined ? plan : partOf(plan, planned);
    const conclusions = rules.map((rule) => rule.conclude({ plan: part, evidence, experiment }));
    const found = conclusions.flatMap((conclusion) => conclusion.findings);
    // What is so of the workload whatever was done to it is said once.
    findings.push(...found.filter((finding) => !findings.some(({ rule, title }) => rule === finding.rule && title === finding.title)));
    // What could be better explains no failure.
    if (experiment.verdict === 'Failed' && found.every(({ severity }) => severity === 'info')) {
      const sentences = conclusions.map((one) => one.ruledOut).filter((one) => one !== null);
      findings.push(unexplained(experiment, evidence, sentences));
    }
  }
  return findings;
}
