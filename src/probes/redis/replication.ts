import type { ProbeSpec } from '../../contracts/campaign.ts';
import type { OpenProbe, ProbeContext } from '../probe.ts';
import { takeSample } from '../take-sample.ts';
import { replicationProblems } from './agreement.ts';
import { openGroup } from './open-group.ts';

/**
 * Succeeds while exactly one pod is a primary, every other a replica of it with its link up, and every
 * Sentinel that answers, a quorum at least, names it.
 */
export function openReplicationProbe(spec: ProbeSpec, context: ProbeContext): OpenProbe {
  const group = openGroup(context);
  // Of the time for a sample, some is needed to list the pods and to tell what did not answer.
  const askTimeoutMs = Math.ceil(spec.timeoutMs / 2);
  return {
    unit: '',
    get reach() {
      return group.via;
    },
    sample: (signal) =>
      takeSample(spec, signal, async (either) => {
        const problems = replicationProblems(await group.look(askTimeoutMs, 'current', either));
        if (problems.length > 0) throw new Error(problems.join('; '));
        return undefined;
      }),
    detail: () => ({}),
    [Symbol.asyncDispose]: () => group[Symbol.asyncDispose](),
  };
}
