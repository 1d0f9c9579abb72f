import { scaleVerbs } from './scale.ts';

/** Gives the workload a number of replicas, or a share of those it has, rounded up. */
export const workloadScale = scaleVerbs(({ replicas, percent }, current) =>
  typeof replicas === 'number' ? replicas : Math.ceil((current * Number(percent)) / 100),
);
