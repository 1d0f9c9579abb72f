import type { Asked } from '../contracts/control.ts';

/** Who asked for it, and why: `alice: the pager went off`. */
export function askedBy({ actor, reason }: Asked): string {
  return reason === undefined || reason === '' ? actor : `${actor}: ${reason}`;
}
