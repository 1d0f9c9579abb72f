import { Problem } from './problem.ts';

/**
 * How far a reader of a run's events is: the last event delivered of the campaign's history, and of
 * each experiment's that had not ended then, counted through all executions they continue as. Enough to resume exactly, on any API process, with nothing kept for the reader.
 */
export interface EventCursor {
  campaign: number;
  /** by the campaign's event that initiated the experiment */
  experiments: Map<number, number>;
}

export function startCursor(): EventCursor {
  return { campaign: 0, experiments: new Map() };
}

/** For example `57_12-40_33-22`: the campaign's event 57, 40 of the experiment initiated by 12, 22 of that by 33. */
export function formatCursor(cursor: EventCursor): string {
  return [String(cursor.campaign), ...[...cursor.experiments].map(([initiated, last]) => `${initiated}-${last}`)].join('_');
}

/** @throws Problem 400 */
export function parseCursor(text: string): EventCursor {
  if (!/^[0-9]{1,10}(_[0-9]{1,10}-[0-9]{1,10})*$/.test(text)) {
    const detail = `Last-Event-ID: found ${JSON.stringify(text.slice(0, 200))}, expected the id of an event of this run.`;
    throw new Problem(400, 'invalid-event-id', 'The event id is malformed', detail);
  }
  const [campaign, ...experiments] = text.split('_');
  return { campaign: Number(campaign), experiments: new Map(experiments.map(parsePair)) };
}

function parsePair(text: string): [number, number] {
  const [initiated, last] = text.split('-');
  return [Number(initiated), Number(last)];
}
