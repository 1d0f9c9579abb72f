import { z } from 'zod';
import type { RunEventType } from '../../contracts/run-event.ts';

const types = Object.keys({
  'run.started': true,
  'run.planned': true,
  'run.validated': true,
  'run.phase': true,
  'run.cancel-requested': true,
  'run.paused': true,
  'run.resumed': true,
  'run.abort-requested': true,
  'run.approval-awaited': true,
  'run.approval-answered': true,
  'run.stop-condition': true,
  'run.finished': true,
  'experiment.started': true,
  'experiment.prepared': true,
  'fault.injected': true,
  'fault.verified': true,
  'fault.observed': true,
  'fault.reverted': true,
  'experiment.extended': true,
  'experiment.skipped': true,
  'experiment.retried': true,
  'undo.failing': true,
  'undo.settle-requested': true,
  'undo.settled': true,
  'fault.confirmed': true,
  'experiment.finished': true,
  'activity.failed': true,
} satisfies Record<RunEventType, true>) as RunEventType[];

/** One event of the stream, as a reader of server-sent events has it. */
export const serverSentEvent = z
  .object({
    event: z.enum(types).meta({ description: 'the type; a later release may tell more types, which are to be passed over' }),
    id: z.string().meta({ description: 'for Last-Event-ID', example: '57_12-40_33-22' }),
    data: z.string().meta({
      description: 'docs/api.md and src/contracts/run-event.ts tell what each type has beside these',
      contentMediaType: 'application/json',
      contentSchema: {
        type: 'object',
        properties: { runId: { type: 'string' }, at: { type: 'string', format: 'date-time' }, type: { type: 'string' } },
        required: ['runId', 'at', 'type'],
      },
    }),
  })
  .meta({ id: 'ServerSentEvent', description: 'What each event of the stream is made of' });
