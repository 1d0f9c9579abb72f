import { formatDuration } from '../format.ts';
import { makeRecovery } from '../recovery.ts';
import { nothing, type Rule } from './rule.ts';

/** Names what was still missing when waiting for steady state ended. */
export const recoveryNotReached: Rule = {
  name: 'recovery-not-reached',
  looksAt: 'what was missing when waiting for steady state ended',
  finds: 'Steady state did not return in time, and what was missing.',
  fix: null,
  conclude({ evidence, experiment, plan }) {
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
  },
};
