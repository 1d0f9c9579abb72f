import { type LabState, readLabState } from '../lab/state.ts';

/** The lab of a checkout; absent: of this one. @throws Error when it has none up */
export function labOf(checkout: string | undefined): LabState {
  const lab = readLabState(checkout);
  if (lab === undefined) throw new Error(`found no lab of ${checkout ?? 'this checkout'}, expected one that is up: npm run lab -- up`);
  return lab;
}
