import { z } from 'zod';

/** The path of a run. What is no id of one is found to be no run. */
export const runParams = z.object({
  id: z.string().meta({ description: "the run's id", example: 'redis-resilience-test-k3v9x2mp' }),
});
