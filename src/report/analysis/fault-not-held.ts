import { plural } from '../format.ts';
import { nothing, type Rule } from './rule.ts';

/** A fault that was away for a part of its time has tested less than the report would have one believe. */
export const faultNotHeld: Rule = {
  name: 'fault-not-held',
  looksAt: 'the read-backs of the fault while it held',
  finds: 'The fault was not in effect in some of its read-backs: less was tested than it seems.',
  fix: null,
  conclude({ evidence, experiment }) {
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
  },
};
