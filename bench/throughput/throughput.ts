import { Service } from '../api-load/service.ts';
import { atMost, exactly, type Found } from '../result.ts';
import { stubWorker } from '../stub/stub-worker.ts';
import { type Held, holdMany } from './held.ts';
import { approved, measureOpen, openAtOnce } from './open.ts';
import { measureRate } from './rate.ts';

const mostOpenMemory = 'memory of the worker with 1,000 open, at most, MiB';

/**
 * How many campaigns of three experiments one worker does in a minute, what it takes of memory while 1,000 are open, and how many faults
 * it can hold. Temporal, API, worker and workflows are the real ones; only the cluster is a stub, which answers at once.
 */
export async function throughput(print: (line: string) => void): Promise<Found> {
  const rate = await measureRate(print);
  const held = await measureHeld(print);
  const open = await measureOpen(print);
  return {
    figures: {
      ...rate.figures,
      [`faults held at once, of ${held.count} that wanted to, at most`]: held.atOnce,
      'how late the last of them was undone, ms': held.latestMs,
      ...open.figures,
    },
    spreads: { 'one campaign under that load: from POST to its end': rate.durations },
    checks: [
      exactly('runs that hold a fault, that passed', held.passed, held.count),
      exactly('their faults that ended at the deadline, and not by the workflow before it', held.undoneByCarrier, 0),
      exactly('campaigns open at once', open.open, openAtOnce),
      exactly('of those that were approved, that passed', open.passed, approved),
      atMost('memory of the worker meanwhile, MiB', open.figures[mostOpenMemory], 350),
    ],
  };
}

async function measureHeld(print: (line: string) => void): Promise<Held> {
  print('many faults hold at once');
  await using service = await Service.start(stubWorker());
  // Awaited here: the service ends with this function.
  return await holdMany(service);
}
