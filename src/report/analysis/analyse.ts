import type { FinishInput } from '../../contracts/activities.ts';
import { partOf } from '../../contracts/plan-parts.ts';
import type { ExperimentReport, Finding } from '../../contracts/report.ts';
import { carrierEndedFault } from './carrier-ended-fault.ts';
import { faultNotHeld } from './fault-not-held.ts';
import { latencyNotFelt } from './latency-not-felt.ts';
import { recoveryNotReached } from './recovery-not-reached.ts';
import { replicasNotLinked } from './replicas-not-linked.ts';
import type { Rule } from './rule.ts';
import { slowElection } from './slow-election.ts';

const rules: Rule[] = [slowElection, recoveryNotReached, faultNotHeld, latencyNotFelt, carrierEndedFault];

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
    const conclusions = rules.map((rule) => rule({ plan: part, evidence, experiment }));
    const found = conclusions.flatMap((conclusion) => conclusion.findings);
    findings.push(...found);
    if (experiment.verdict === 'Failed' && found.length === 0) {
      findings.push(
        unexplained(
          experiment,
          conclusions.map((one) => one.ruledOut).filter((one) => one !== null),
        ),
      );
    }
  }
  return findings;
}

function unexplained(experiment: ExperimentReport, ruledOut: string[]): Finding {
  return {
    rule: 'unexplained',
    severity: 'warning',
    title: `${experiment.name} failed, and no rule explains why`,
    evidence: [experiment.reason, ...ruledOut.map((sentence) => `ruled out: ${sentence}`)],
    fix: null,
  };
}
