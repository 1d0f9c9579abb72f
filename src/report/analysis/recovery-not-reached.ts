import { formatDuration } from '../format.ts';
import { makeRecovery } from '../recovery.ts';
import { type Conclusion, nothing, type RuleInput } from './rule.ts';

/** Names what was still missing when waiting for steady state ended. */
export function recoveryNotReached({ evidence, experiment, plan }: RuleInput): Conclusion {
  const spec = plan.experiments.find((one) => one.spec.name === experiment.name)?.spec;
  const recovery = makeRecovery(evidence);
  if (recovery.missing === null || spec === undefined) {
    if (recovery.seconds === null) return nothing;
    return { findings: [], ruledOut: `steady state was back after ${formatDuration(recovery.seconds * 1000)}` };
  }
  return {
    findings: [
      {
        rule: 'recovery-not-reached',
        severity: 'critical',
        title: `${experiment.name}: steady state did not return within ${formatDuration(spec.recoveryTimeoutMs)}`,
        evidence: [`still missing when waiting ended: ${recovery.missing}`],
        fix: null,
      },
    ],
    ruledOut: null,
  };
}
