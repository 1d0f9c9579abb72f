import { type Client, defaultPayloadConverter } from '@temporalio/client';
import { type Execution, firstPayload, type HistoryEvent, readHistoryBackwards } from '../api/history.ts';
import type { FinishInput, RequestHoldInput } from '../contracts/activities.ts';
import type { HoldDecision, ReleaseHoldInput } from '../contracts/arbiter.ts';
import { holdDecidedSignal } from '../contracts/control.ts';
import { reportActivity } from '../contracts/names.ts';
import type { Plan } from '../contracts/plan.ts';
import { partIn } from '../contracts/plan-parts.ts';
import type { RunInput } from '../contracts/run.ts';

/** What a running campaign knows of its hold in a cluster, by its own history. Times are ms since the epoch. */
export type HoldOfRun =
  | { state: 'granted'; plan: Plan; since: number }
  /** its request may be answered, and the answer not be in its history yet */
  | { state: 'asking'; plan: Plan; since: number }
  | { state: 'queued'; plan: Plan; since: number }
  /** it has not asked, was refused, or has given back what it held */
  | { state: 'none' };

const requestActivity = 'requestHold';
const releaseActivity = 'releaseHold';

/**
 * Reads a running campaign's history from its latest event back to the word that counts: what it gave back, or was told by the
 * arbiter. An execution that continued another as new goes on with what that one held.
 */
export async function holdOfRun(client: Client, execution: Execution, cluster: string): Promise<HoldOfRun> {
  const answers = new Map<string, HoldDecision | 'no answer'>();
  let signalled: HoldDecision | undefined;
  let queued: { plan: Plan; since: number } | undefined;
  for await (const event of readHistoryBackwards(client, execution)) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name === releaseActivity && isOf(firstPayload<ReleaseHoldInput>(scheduled.input)?.cluster, cluster)) {
      return queued === undefined ? { state: 'none' } : { state: 'queued', ...queued };
    }
    if (scheduled?.activityType?.name === reportActivity && firstPayload<FinishInput>(scheduled.input)?.release?.includes(cluster)) {
      return queued === undefined ? { state: 'none' } : { state: 'queued', ...queued };
    }
    if (scheduled?.activityType?.name === requestActivity) {
      const input = firstPayload<RequestHoldInput>(scheduled.input);
      if (input === undefined) throw new Error(`run ${execution.workflowId}: ${requestActivity} without an input in its history`);
      if (input.plan.campaign.target.cluster !== cluster) continue;
      const word = queued === undefined ? (signalled ?? answers.get(String(event.eventId))) : 'earlier';
      const found = { plan: input.plan, since: timeOf(event) };
      if (word === undefined) return { state: 'asking', ...found };
      if (word === 'no answer') return { state: 'none' };
      // Of one that waits, the first request counts: it has its place since then.
      if (word === 'earlier' || word.outcome === 'queued') queued = found;
      else return word.outcome === 'granted' ? { state: 'granted', ...found } : { state: 'none' };
    }
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName === holdDecidedSignal && isOf(clusterTold(signal.input), cluster)) {
      signalled ??= firstPayload<HoldDecision>(signal.input);
    }
    noteAnswer(event, answers);
    const started = event.workflowExecutionStartedEventAttributes;
    const plan = firstPayload<RunInput>(started?.input)?.progress?.plan;
    const part = plan && partIn(plan, cluster);
    if (part !== undefined) return { state: 'granted', plan: part, since: timeOf(event) };
  }
  return queued === undefined ? { state: 'none' } : { state: 'queued', ...queued };
}

/** The second argument of an arbiter's word. */
function clusterTold(input: NonNullable<HistoryEvent['workflowExecutionSignaledEventAttributes']>['input']): string | undefined {
  const payload = input?.payloads?.[1];
  return payload ? defaultPayloadConverter.fromPayload<string>(payload) : undefined;
}

/** Histories of before there were several clusters do not name the one there was. */
function isOf(named: string | undefined, cluster: string): boolean {
  return named === undefined || named === cluster;
}

/** What an activity's scheduling led to, whichever activity it is of. */
function noteAnswer(event: HistoryEvent, answers: Map<string, HoldDecision | 'no answer'>): void {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const decision = firstPayload<HoldDecision>(completed.result);
    answers.set(String(completed.scheduledEventId), decision ?? 'no answer');
  }
  const ended =
    event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes ?? event.activityTaskCanceledEventAttributes;
  if (ended) answers.set(String(ended.scheduledEventId), 'no answer');
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}
