import type { HistoryEvent } from '../../src/api/history.ts';

/** What the time goes to in which a worker decides what the workflow does next. */
export const deciding = 'workflow tasks';

/** An activity of a workflow, or a task of the workflow itself, in ms since the epoch. */
export interface Step {
  /** its activity, or `deciding` */
  name: string;
  scheduledAt: number;
  startedAt: number;
  endedAt: number;
}

/** What a history says of times. */
export interface Times {
  startedAt: number;
  /** when the workflow was first told to end early; absent: it was not */
  toldToEndAt?: number;
  closedAt: number;
  /** in the order in which they were scheduled */
  steps: Step[];
}

/** Without the workflow's own tasks. */
export function activitiesOf({ steps }: Times): Step[] {
  return steps.filter(({ name }) => name !== deciding);
}

/** What did not end is left out. @throws RangeError when there are no events */
export function timesOf(events: readonly HistoryEvent[]): Times {
  const open = new Map<string, Omit<Step, 'endedAt'>>();
  const steps: Step[] = [];
  let toldToEndAt: number | undefined;
  for (const event of events) {
    const at = timeOf(event);
    const name = scheduledName(event);
    if (name !== undefined) open.set(String(event.eventId), { name, scheduledAt: at, startedAt: at });
    const startedId =
      event.activityTaskStartedEventAttributes?.scheduledEventId ?? event.workflowTaskStartedEventAttributes?.scheduledEventId;
    const started = startedId == null ? undefined : open.get(String(startedId));
    if (started !== undefined) started.startedAt = at;
    const ended = endedOf(event);
    const step = ended == null ? undefined : open.get(String(ended));
    if (step !== undefined) steps.push({ ...step, endedAt: at });
    if (event.workflowExecutionCancelRequestedEventAttributes) toldToEndAt ??= at;
  }
  const [first, last] = [events.at(0), events.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('history: found no events, expected some');
  const sorted = steps.toSorted((a, b) => a.scheduledAt - b.scheduledAt);
  return { startedAt: timeOf(first), closedAt: timeOf(last), steps: sorted, ...(toldToEndAt !== undefined && { toldToEndAt }) };
}

function scheduledName(event: HistoryEvent): string | undefined {
  if (event.workflowTaskScheduledEventAttributes) return deciding;
  return event.activityTaskScheduledEventAttributes?.activityType?.name ?? undefined;
}

/** The id of the event by which it was scheduled what ends with this one. */
function endedOf(event: HistoryEvent): unknown {
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.workflowTaskCompletedEventAttributes;
  return ended?.scheduledEventId;
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}
