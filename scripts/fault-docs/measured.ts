import { z } from 'zod';

/** One fault's figures, as an exercise on the lab wrote them. Durations in ms. */
export const measuredFaultSchema = z.object({
  fault: z.string(),
  mechanism: z.string(),
  reason: z.string(),
  effect: z.string(),
  toEffectMs: z.number(),
  toUndoneMs: z.number(),
});

/** docs/faults/measured.json: what a run of the lab tests measured, and where. */
export const measuredSchema = z.object({
  recordedAt: z.string(),
  /** the kernel it ran on, and how many CPUs it had */
  kernel: z.string(),
  cpus: z.number(),
  faults: z.array(measuredFaultSchema),
});

export type Measured = z.infer<typeof measuredSchema>;
