import { isolationVerbs } from '../node/isolation.ts';

/** Cuts nodes off from everything that is not on them, or from the control plane. */
export const nodeIsolate = isolationVerbs();
