import { z } from 'zod';
import { time } from './time.ts';

/** One line of a run's audit. */
export const auditRecord = z
  .object({
    at: time,
    who: z.string().meta({
      description:
        'who asked for it, as requests tell; of what a worker or a client of Temporal did, its identity; `squall`: the run itself',
      example: 'key:anna',
    }),
    what: z.string().meta({
      description:
        'the names of the events, and beside them `run.requested`, `experiment.requested`, `activity.completed`, `update.completed`, `signal`, `run.continued`',
      example: 'activity.completed',
    }),
    experiment: z.string().nullable().meta({ description: 'null: the run itself' }),
    detail: z.record(z.string(), z.unknown()).meta({ description: 'effective parameters, and the result of what was done' }),
    event: z
      .object({ workflowId: z.string(), executionId: z.string(), id: z.number() })
      .meta({ description: 'where it is in the histories that Temporal keeps' }),
  })
  .meta({ id: 'AuditRecord', description: 'Who did what, when, and what came of it' });

export type AuditRecord = z.output<typeof auditRecord>;
