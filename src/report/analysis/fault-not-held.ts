import { plural } from '../format.ts';
import { type Conclusion, nothing, type RuleInput } from './rule.ts';

/** A fault that was away for a part of its time has tested less than the report would have one believe. */
export function faultNotHeld({ evidence, experiment }: RuleInput): Conclusion {
  const count = evidence.observations.reduce((total, one) => total + one.readBacks.count, 0);
  const missed = evidence.observations.flatMap((one) => one.readBacks.missed);
  if (count === 0) return nothing;
  if (missed.length === 0) return { findings: [], ruledOut: `the fault was in effect in each of ${plural(count, 'read-back')}` };
  return {
    findings: [
      {
        rule: 'fault-not-held',
        severity: missed.length * 2 > count ? 'critical' : 'warning',
        title: `${experiment.name}: the fault was not in effect in ${missed.length} of ${plural(count, 'read-back')}`,
        evidence: missed.map((readBack) => {
          const targets = readBack.perTarget.filter((target) => !target.ok).map((target) => `${target.target}: ${target.detail}`);
          return `${new Date(readBack.at).toISOString()} ${targets.join(', ')}`;
        }),
        fix: null,
      },
    ],
    ruledOut: null,
  };
}
