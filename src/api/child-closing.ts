import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { Ending } from '../contracts/run-event.ts';
import { firstPayload, type HistoryEvent, toNumber } from './history.ts';

export interface ChildClosing {
  /** id of the campaign's event that initiated the child */
  initiated: number;
  ending: Ending;
  evidence: ExperimentEvidence | undefined;
  message: string | null;
}

/** What an event says of a child's end; undefined: it is no such event. */
export function childClosing(event: HistoryEvent): ChildClosing | undefined {
  const completed = event.childWorkflowExecutionCompletedEventAttributes;
  if (completed) {
    const evidence = firstPayload<ExperimentEvidence>(completed.result);
    return { initiated: toNumber(completed.initiatedEventId), ending: 'completed', evidence, message: null };
  }
  const failed = event.childWorkflowExecutionFailedEventAttributes;
  const [ending, closed]: [Ending, { initiatedEventId?: unknown } | null | undefined] = failed
    ? ['failed', failed]
    : event.childWorkflowExecutionCanceledEventAttributes
      ? ['cancelled', event.childWorkflowExecutionCanceledEventAttributes]
      : event.childWorkflowExecutionTerminatedEventAttributes
        ? ['terminated', event.childWorkflowExecutionTerminatedEventAttributes]
        : ['timed-out', event.childWorkflowExecutionTimedOutEventAttributes];
  if (!closed) return undefined;
  const message = failed?.failure?.message ?? `the experiment's workflow ended ${ending}`;
  return { initiated: toNumber(closed.initiatedEventId), ending, evidence: undefined, message };
}
