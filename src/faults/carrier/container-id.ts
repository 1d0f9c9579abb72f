import type { V1Pod } from '@kubernetes/client-node';
import { statusOf } from './carrier.ts';

/** The id its runtime gave the container that runs now, without the runtime's name; undefined: none runs. */
export function containerIdOf(pod: V1Pod, container: string): string | undefined {
  const status = statusOf(pod, container);
  return status?.state?.running === undefined ? undefined : status.containerID?.replace(/^[^:]*:\/\//, '');
}
