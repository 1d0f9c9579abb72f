import type { RequestName } from '../control/requests.ts';

/** The commands that steer a run, by their names alone: what they need is loaded with them. */
export const steeringNames = [
  'status',
  'pause',
  'resume',
  'abort',
  'approve',
  'extend',
  'skip',
  'retry-experiment',
  'settle-undo',
] as const satisfies (RequestName | 'status')[];

export type SteeringName = (typeof steeringNames)[number];
