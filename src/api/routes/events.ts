import { type Response, Router } from 'express';
import type { ApiContext } from '../context.ts';
import { parseCursor, startCursor } from '../event-cursor.ts';
import { methodNotAllowed } from '../handle.ts';
import { followHistory } from '../history.ts';
import { runChain } from '../run-chain.ts';
import { type DeliveredEvent, runEvents } from '../run-events.ts';
import { describeRun, isRunning } from '../run-resource.ts';
import { type Frame, sendFrames } from '../sse.ts';

export function eventRoutes({ client, metrics, closing }: ApiContext): Router {
  const router = Router();
  router
    .route('/runs/:id/events')
    .get(async (req, res) => {
      const lastEventId = req.get('last-event-id');
      const after = lastEventId === undefined ? startCursor() : parseCursor(lastEventId);
      const { run, chain } = await client.withDeadline(Date.now() + 10_000, async () => {
        const described = await describeRun(client, req.params.id);
        return { run: described, chain: await runChain(client, described) };
      });
      const signal = AbortSignal.any([closing, whenClosed(res)]);
      const events = runEvents(chain, after, (execution) => followHistory(client, execution, signal));
      const first = lastEventId !== undefined && !isRunning(run) ? await events.next() : undefined;
      if (first?.done) {
        // Of all answers, this one keeps a browser from coming back for more.
        res.status(204).end();
        return;
      }
      metrics.eventStreams.inc();
      try {
        await sendFrames(res, frames(first?.value, events), signal);
      } finally {
        metrics.eventStreams.dec();
      }
    })
    .all(methodNotAllowed('GET'));
  return router;
}

function whenClosed(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}

async function* frames(first: DeliveredEvent | undefined, rest: AsyncIterable<DeliveredEvent>): AsyncGenerator<Frame, undefined> {
  if (first !== undefined) yield frame(first);
  for await (const delivered of rest) yield frame(delivered);
  return undefined;
}

function frame({ event, id }: DeliveredEvent): Frame {
  return { event: event.type, id, data: event };
}
