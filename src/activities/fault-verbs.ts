import { activityInfo, log } from '@temporalio/activity';
import type { Activities } from '../contracts/activities.ts';
import type { ReadBack } from '../contracts/evidence.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import { errorMessage } from '../error-message.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { withClock } from '../faults/clock.ts';
import { forceUndo } from '../faults/force/force-undo.ts';
import { attributed } from '../faults/undone/attributed.ts';
import { countedUndo } from './counted-undo.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';
import { supervise } from './supervise.ts';

type Verbs = Pick<Activities, 'injectFault' | 'verifyFault' | 'revertFault' | 'forceUndo' | 'confirmFault'>;

/**
 * What begins and what undoes a fault. The read-back that follows each at once may come with it; it does not make it fail: what was done
 * is told, and the read-back is asked for again, by itself.
 */
export function faultVerbs(deps: Dependencies): Verbs {
  const { metrics } = deps;
  const context = (fault: FaultInstance, signal: AbortSignal) => faultContext(fault.cluster, deps, signal);

  async function verify(fault: FaultInstance, signal: AbortSignal): Promise<ReadBack> {
    const readBack = await verbsOf(fault.fault).verify(context(fault, signal), fault);
    metrics.verified(fault, readBack);
    return readBack;
  }

  const confirm = (fault: FaultInstance, signal: AbortSignal): Promise<ReadBack> =>
    verbsOf(fault.fault).confirm(context(fault, signal), fault);

  return {
    injectFault: (fault, also) =>
      supervise(async ({ signal, attempt }) => {
        const inject = () => verbsOf(fault.fault).inject(context(fault, signal), fault);
        // Its deadline is by Temporal's clock, and so is when this was asked for.
        const injected = await withClock(activityInfo().currentAttemptScheduledTimestampMs, inject);
        metrics.injected(fault);
        const verified = also?.verify === true ? await answerOf('verify', verify(fault, signal)) : undefined;
        return { ...injected, attempt, ...(verified !== undefined && { verified }) };
      }),
    verifyFault: (fault) => supervise(({ signal }) => verify(fault, signal)),
    revertFault: async (fault, also) => {
      const revert = async (signal: AbortSignal) => {
        const faults = context(fault, signal);
        return attributed(faults, fault, await verbsOf(fault.fault).revert(faults, fault));
      };
      return supervise(async ({ signal }) => {
        const reverted = await countedUndo(metrics, fault, () => revert(signal));
        if (also?.confirm !== true) return reverted;
        const proof = countedUndo(metrics, fault, () => confirm(fault, signal));
        const confirmed = await answerOf('confirm', proof);
        return { ...reverted, ...(confirmed !== undefined && { confirmed }) };
      });
    },
    forceUndo: (fault) => countedUndo(metrics, fault, () => supervise(({ signal }) => forceUndo(context(fault, signal), fault))),
    confirmFault: (fault) => countedUndo(metrics, fault, () => supervise(({ signal }) => confirm(fault, signal))),
  };
}

/** Undefined: it came to none, also when the worker is going: another asks for it then. */
async function answerOf(verb: string, readBack: Promise<ReadBack>): Promise<ReadBack | undefined> {
  try {
    return await readBack;
  } catch (error) {
    log.warn('a read-back came to no answer, and is asked for by itself', { verb, error: errorMessage(error) });
    return undefined;
  }
}
