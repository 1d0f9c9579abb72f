import type { Finding, Undone } from '../contracts/sweep.ts';
import type { Involved } from '../faults/undone/undone-event.ts';
import type { FaultContext } from '../faults/verbs.ts';

/** What undoing something takes. */
export interface Undoing {
  /** in words */
  how: string;
  /** the fault's target it is undone on, as `targetName` gives it; `*`: all of them */
  target: string;
  involved: Involved;
  /** what is only to be undone once the others of its fault are */
  last?: true;
  /** Undoes it, whoever did so first, and reads back. Throws when it could not be tried. */
  act(context: FaultContext): Promise<Omit<Undone, 'at'>>;
}

/** Something of squall's that was seen in a cluster, before it is judged. */
export type Sighting = Omit<Finding, 'cluster' | 'state' | 'undo'> & {
  /**
   * `fault`: it has an end, or a run that ends it. `unclaimed`: a fault that nobody holds. `idle`: nothing is done by it. `ended`:
   * it is over, and only to be tidied away. `unread`: what it is could not be found out.
   */
  is: 'fault' | 'unclaimed' | 'idle' | 'ended' | 'unread';
  undoing: Undoing | null;
};
