import { CancellationScope, log, setCurrentDetails, sleep, upsertSearchAttributes } from '@temporalio/workflow';
import type { ReadBack, Reverted } from '../contracts/evidence.ts';
import { searchAttributes } from '../contracts/names.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import { undoing } from './activity-options.ts';
import { failureMessage } from './failure-message.ts';

const longestPauseMs = 30_000;

/**
 * Undoes a fault and proves it undone, whatever it takes and whoever cancels: reverts and reads back,
 * again and again, with the phase `Undoing` and the reason to be seen while it does not succeed.
 */
export function undo(fault: FaultInstance): Promise<{ reverted: Reverted; confirmed: ReadBack }> {
  return CancellationScope.nonCancellable(async () => {
    for (let attempt = 1; ; attempt++) {
      let missing: string;
      try {
        const reverted = await undoing.revertFault.executeWithOptions({ summary: `undo ${fault.fault}` }, [fault]);
        const confirmed = await undoing.confirmFault.executeWithOptions({ summary: `prove ${fault.fault} gone` }, [fault]);
        if (confirmed.ok) return { reverted, confirmed };
        const still = confirmed.perTarget.filter((entry) => !entry.ok);
        missing = still.map((entry) => `${entry.target}: ${entry.detail}`).join('; ');
      } catch (error) {
        missing = failureMessage(error);
      }
      log.warn('fault not proven undone yet', { fault: fault.id, attempt, missing });
      upsertSearchAttributes([{ key: searchAttributes.phase, value: 'Undoing' }]);
      setCurrentDetails(`**Undoing ${fault.fault}**, attempt ${attempt} did not succeed: ${missing}`);
      await sleep(Math.min(1_000 * 2 ** (attempt - 1), longestPauseMs), { summary: 'until the next attempt to undo' });
    }
  });
}
