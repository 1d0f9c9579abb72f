import type { PodTarget } from '../../contracts/plan.ts';
import { readTarget } from '../carrier/carrier.ts';
import { readParameter } from '../read-parameter.ts';
import { amountFlags, readAmount, writeAmount } from '../stress/amount.ts';
import { parseQuantity } from '../stress/kubernetes-quantity.ts';
import { pathFlags } from '../stress/path-parameter.ts';
import { stressVerbs } from '../stress/stress-verbs.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, RefusedError } from '../verbs.ts';

/** Fills a file system of the target container by a file without a name. */
export const diskFill: FaultVerbs = stressVerbs({
  mechanism: { mechanism: 'file-without-a-name', reason: 'a file without a name goes with whoever has it open' },
  async flags(context, draft, target) {
    const { parameters } = draft;
    return [
      '--kind',
      'fill',
      ...amountFlags(await fill(context, draft, target)),
      '--leave-bytes',
      String(readParameter(parameters, 'leaveBytes', 'number')),
      ...pathFlags(parameters.path),
    ];
  },
});

/** A percentage of the container's limit is so many bytes; one of the file system is the agent's to find out. */
async function fill(context: FaultContext, { parameters }: FaultDraft, target: PodTarget): Promise<string> {
  const asked = readParameter(parameters, 'fill', 'string');
  const amount = readAmount(asked);
  if (readParameter(parameters, 'of', 'string') === 'file-system' || 'bytes' in amount) return asked;
  const pod = await readTarget(context, target);
  const limit = pod.spec?.containers.find(({ name }) => name === target.container)?.resources?.limits?.['ephemeral-storage'];
  if (limit === undefined)
    throw new RefusedError(`container ${target.container} of ${target.pod} has no limit of ephemeral-storage to take ${asked} of`);
  return writeAmount({ bytes: Math.floor((parseQuantity(limit) * amount.percent) / 100) });
}
