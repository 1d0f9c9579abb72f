import { scaleVerbs } from '../workload-scale/scale.ts';

export const podAutoscaler = scaleVerbs(({ replicas }) => Number(replicas));
