import { z } from 'zod';
import type { ArbiterMemo } from '../../contracts/arbiter.ts';
import { epochMs } from './time.ts';

const hold = z.object({ runId: z.string(), campaign: z.string(), on: z.string(), since: epochMs });

const cluster = z.object({
  cluster: z.string(),
  halt: z
    .object({
      actor: z.string(),
      reason: z.string(),
      since: epochMs,
      runs: z.array(
        z.object({
          runId: z.string(),
          undoneAt: epochMs.nullable().meta({ description: 'when all of its faults were proven gone; null: not yet' }),
        }),
      ),
    })
    .nullable()
    .meta({ description: 'null: the kill switch is not thrown' }),
  holds: z.array(hold).meta({ description: 'runs, and what they act on' }),
  queue: z.array(hold.extend({ until: epochMs })).meta({ description: 'runs that wait for others' }),
}) satisfies z.ZodType<{ cluster: string } & Pick<ArbiterMemo, 'halt' | 'holds' | 'queue'>>;

/** The kill switch, by cluster. */
export const haltState = z.object({ clusters: z.array(cluster) }).meta({ id: 'HaltState' });
