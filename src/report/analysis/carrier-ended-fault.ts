import { formatDuration } from '../format.ts';
import { nothing, type Rule } from './rule.ts';

/** The workflow is the first of three clocks; that another ended the fault means no worker was there to do it. */
export const carrierEndedFault: Rule = {
  name: 'carrier-ended-fault',
  looksAt: 'what ended the fault, and when',
  finds: 'The carrier or the janitor ended the fault, since no worker was there to do it in time.',
  fix: 'How many workers to run.',
  conclude({ evidence, experiment }) {
    const { reverted } = evidence;
    if (reverted === null) return nothing;
    const others = reverted.perTarget.filter((target) => target.by !== 'workflow');
    if (reverted.revertedBy === 'workflow' && others.length === 0) return { findings: [], ruledOut: 'the workflow itself ended the fault' };
    const late = experiment.revertLateMs;
    const by = reverted.revertedBy === 'workflow' ? others[0]?.by : reverted.revertedBy;
    return {
      findings: [
        {
          rule: 'carrier-ended-fault',
          severity: by === 'janitor' ? 'critical' : 'warning',
          title: `${experiment.name}: the ${by} ended the fault, not the workflow: no worker was there in time`,
          evidence: [
            `reverted by the ${reverted.revertedBy}${late === null ? '' : `, ${describeLateness(late)}`}`,
            ...others.map((target) => `${target.target}: by the ${target.by} at ${new Date(target.at).toISOString()}: ${target.detail}`),
          ],
          fix: 'Run at least two workers on the task queue, so that one goes on when the other is away.',
        },
      ],
      ruledOut: null,
    };
  },
};

function describeLateness(late: number): string {
  return late >= 0 ? `${formatDuration(late)} after its planned end` : `${formatDuration(-late)} before its planned end`;
}
