import type { Response } from 'express';
import { z } from 'zod';
import { parseCursor, startCursor } from '../event-cursor.ts';
import { followHistory } from '../history.ts';
import { placeOfRun } from '../places.ts';
import { declareRoute } from '../route.ts';
import { runChain } from '../run-chain.ts';
import { type DeliveredEvent, runEvents } from '../run-events.ts';
import { describeRun, isRunning } from '../run-resource.ts';
import { serverSentEvent } from '../schemas/event.ts';
import { type Frame, sendFrames } from '../sse.ts';
import { runParams } from './run-params.ts';

export const readEvents = declareRoute(
  {
    method: 'get',
    path: '/v1/runs/{id}/events',
    operationId: 'readEvents',
    tag: 'runs',
    summary: 'What happens in a run, as server-sent events',
    description:
      'First event first, and on as the run goes on, until `run.finished`. A client that was cut off sends the last id it saw, and gets what came after it, no more and no less.',
    access: 'viewer',
    params: runParams,
    headers: z.object({
      'last-event-id': z.string().optional().meta({
        description: 'the id of the last event that was seen; absent: from the first event',
        pattern: '^[0-9]{1,10}(_[0-9]{1,10}-[0-9]{1,10})*$',
        example: '57_12-40_33-22',
      }),
    }),
    responses: {
      200: {
        description: 'The events; comments keep the connection from looking idle',
        content: { 'text/event-stream': serverSentEvent },
      },
      204: { description: 'There is nothing left after this event: the run has ended' },
    },
    problems: ['run-not-found', 'invalid-event-id'],
  },
  async ({ params, headers, authorize, signal }, { client, metrics }) => {
    const lastEventId = headers['last-event-id'];
    const after = lastEventId === undefined ? startCursor() : parseCursor(lastEventId);
    const run = await describeRun(client, params.id);
    authorize([placeOfRun(run)]);
    const chain = await runChain(client, run);
    const events = runEvents(chain, after, (execution) => followHistory(client, execution, signal));
    const first = lastEventId !== undefined && !isRunning(run) ? await events.next() : undefined;
    // Of all answers, this one keeps a browser from coming back for more.
    if (first?.done) return { status: 204 };
    const stream = async (res: Response) => {
      metrics.eventStreams.inc();
      try {
        await sendFrames(res, frames(first?.value, events), signal);
      } finally {
        metrics.eventStreams.dec();
      }
    };
    return { status: 200, type: 'text/event-stream' as const, stream };
  },
);

async function* frames(first: DeliveredEvent | undefined, rest: AsyncIterable<DeliveredEvent>): AsyncGenerator<Frame, undefined> {
  if (first !== undefined) yield frame(first);
  for await (const delivered of rest) yield frame(delivered);
  return undefined;
}

function frame({ event, id }: DeliveredEvent): Frame {
  return { event: event.type, id, data: event };
}
