import { createHash } from 'node:crypto';
import type { NotifiableEvent, NotifiedRun } from './receiver.ts';

/** A notification: the same however often it is made of the same event. */
export interface Message {
  /** by which a receiver knows one that comes again */
  id: string;
  event: NotifiableEvent;
  run: NotifiedRun;
  /** in one sentence */
  text: string;
  /** something is not as it should be */
  isBad: boolean;
}

export function messageOf(event: NotifiableEvent, run: NotifiedRun): Message {
  const hash = createHash('sha256').update(JSON.stringify(event)).digest('hex');
  return { id: `msg_${hash.slice(0, 32)}`, event, run, ...tell(event, run) };
}

function tell(event: NotifiableEvent, { id, campaign, cluster, namespace }: NotifiedRun): { text: string; isBad: boolean } {
  const good = (text: string) => ({ text, isBad: false });
  const bad = (text: string) => ({ text, isBad: true });
  switch (event.type) {
    case 'run.started':
      return good(`${campaign} has started on ${cluster}/${namespace}: run ${id}.`);
    case 'run.finished': {
      const score = event.score === null ? 'no score' : `score ${event.score} %`;
      const text = `${campaign} on ${cluster}/${namespace}: ${event.verdict ?? event.ending}, ${score}. ${event.reason} Run ${id}.`;
      return { text, isBad: event.verdict !== 'Passed' };
    }
    case 'run.approval-awaited':
      return good(`Run ${id} waits for somebody to approve ${event.approval}, until ${event.until}.`);
    case 'run.stop-condition':
      return bad(`Stop condition ${event.condition} ends run ${id}: ${event.seen}.`);
    case 'fault.injected':
      return bad(`${event.experiment}: ${event.fault} injected into ${event.perTarget.map(({ target }) => target).join(', ')}.`);
    case 'fault.reverted':
      return good(`${event.experiment}: ${event.fault} undone, by ${event.revertedBy}.`);
    case 'undo.failing':
      return bad(`${event.experiment}: the undo does not succeed, and is tried again without end: ${event.missing}. Run ${id}.`);
    case 'undo.settled':
      return good(`${event.experiment}: the undo that failed is settled. Run ${id}.`);
  }
}
