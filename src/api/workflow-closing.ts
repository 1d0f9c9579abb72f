import type { Ending } from '../contracts/run-event.ts';
import type { HistoryEvent } from './history.ts';

export interface Closing {
  ending: Ending;
  /** the failure's message, or the reason given by who terminated it; null: none */
  message: string | null;
}

/** What a workflow's event says of its own end; undefined: it is not the last one. */
export function closingOf(event: HistoryEvent): Closing | undefined {
  if (event.workflowExecutionCompletedEventAttributes) return { ending: 'completed', message: null };
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return { ending: 'failed', message: failed.failure?.message ?? null };
  if (event.workflowExecutionCanceledEventAttributes) return { ending: 'cancelled', message: null };
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) return { ending: 'terminated', message: terminated.reason ? `terminated: ${terminated.reason}` : 'terminated' };
  if (event.workflowExecutionTimedOutEventAttributes) return { ending: 'timed-out', message: 'the workflow timed out' };
  if (event.workflowExecutionContinuedAsNewEventAttributes) return { ending: 'continued-as-new', message: null };
  return undefined;
}
