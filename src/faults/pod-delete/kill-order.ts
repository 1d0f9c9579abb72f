import { createHash } from 'node:crypto';
import type { ParameterValue } from '../../contracts/campaign.ts';
import type { PodTarget } from '../../contracts/plan.ts';

/** In which order the pods of one round go. */
export const killOrders = ['random', 'by-name', 'reverse', 'primary-first', 'primary-last'] as const;

/** How long one round may take: less than what an attempt to inject is given. */
export const longestRoundMs = 20_000;

/** The targets in the order asked for; `random` is drawn from the key, so that a retry goes on where it was. */
export function inKillOrder(targets: readonly PodTarget[], order: ParameterValue, key: string): PodTarget[] {
  const ascending = targets.toSorted((a, b) => a.pod.localeCompare(b.pod, 'en', { numeric: true }));
  switch (order) {
    case 'by-name':
      return ascending;
    case 'reverse':
      return ascending.toReversed();
    case 'primary-first':
      return ascending.toSorted((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)));
    case 'primary-last':
      return ascending.toSorted((a, b) => Number(isPrimary(a)) - Number(isPrimary(b)));
    case 'random':
      return ascending.toSorted((a, b) => lot(key, a).localeCompare(lot(key, b)));
    default:
      throw new TypeError(`order ${JSON.stringify(order)}, expected one of ${killOrders.join(', ')}`);
  }
}

function isPrimary({ role }: PodTarget): boolean {
  return role === 'redis-primary';
}

function lot(key: string, { uid }: PodTarget): string {
  return createHash('sha256')
    .update(JSON.stringify([key, uid]))
    .digest('hex');
}
