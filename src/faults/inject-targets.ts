import type { Injected } from '../contracts/evidence.ts';
import { type FaultInstance, type Target, targetName } from '../contracts/plan.ts';
import { errorMessage } from '../error-message.ts';

/**
 * Injects on every target at once; `start` answers when the fault was in effect on its target, and how that looks.
 *
 * @throws Error that names every target it failed on
 */
export async function injectTargets<T extends Target>(
  fault: Pick<FaultInstance, 'fault'>,
  targets: readonly T[],
  start: (target: T) => Promise<{ at: number; detail: string }>,
): Promise<Injected> {
  const results = await Promise.allSettled(targets.map(start));
  const failed = results.flatMap((result, i) => {
    const target = targets[i];
    return result.status === 'rejected' && target ? [`${targetName(target)}: ${errorMessage(result.reason)}`] : [];
  });
  if (failed.length > 0) {
    throw new Error(`${fault.fault} could not be injected on ${failed.length} of ${targets.length} targets: ${failed.join('; ')}`);
  }
  const perTarget = results.flatMap((result, i) => {
    const target = targets[i];
    return result.status === 'fulfilled' && target ? [{ target: targetName(target), ...result.value }] : [];
  });
  return { injectedAt: Math.min(...perTarget.map((entry) => entry.at)), perTarget };
}
