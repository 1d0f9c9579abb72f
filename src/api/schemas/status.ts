import { z } from 'zod';
import type { RunStatus } from '../../contracts/control.ts';
import { phase } from './run.ts';
import { epochMs } from './time.ts';

/** Where a run is, as its workflow says. */
export const runStatus = z
  .object({
    phase,
    paused: z
      .object({ since: epochMs, by: z.string(), reason: z.string().nullable(), faults: z.enum(['undo', 'hold']) })
      .nullable()
      .meta({ description: 'null: it is not paused' }),
    approval: z.object({ name: z.string(), until: epochMs }).nullable().meta({ description: 'the approval step it waits at; null: none' }),
    experiments: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['to-come', 'under-way', 'passed', 'failed', 'error', 'aborted', 'skipped']),
        attempt: z.number().meta({ description: 'from 1; 0: it has not begun' }),
        undoFailing: z.string().nullable().meta({ description: 'the undo does not succeed: what is missing; null: it is not failing' }),
      }),
    ),
  })
  .meta({ id: 'RunStatus' }) satisfies z.ZodType<RunStatus>;
