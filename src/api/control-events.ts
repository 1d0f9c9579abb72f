import { defaultPayloadConverter } from '@temporalio/client';
import {
  type AbortInput,
  type Asked,
  approvalOfSummary,
  haltSignal,
  type UndoState,
  type UpdateInputs,
  type UpdateName,
  undoStateSignal,
} from '../contracts/control.ts';
import type { BareEvent } from './activity-events.ts';
import { eventTime, firstPayload, type HistoryEvent, toNumber } from './history.ts';

type Accepted = NonNullable<HistoryEvent['workflowExecutionUpdateAcceptedEventAttributes']>;
type UpdateRequest = NonNullable<Accepted['acceptedRequest']>['input'];
type Signaled = NonNullable<HistoryEvent['workflowExecutionSignaledEventAttributes']>;

/** How each update is told once it is in the history. */
const tellings: { [Name in UpdateName]: (input: UpdateInputs[Name]) => BareEvent } = {
  pause: (input) => ({ type: 'run.paused', faults: input.faults, ...who(input) }),
  resume: (input) => ({ type: 'run.resumed', ...who(input) }),
  abort: (input) => ({ type: 'run.abort-requested', ...who(input) }),
  approve: (input) => ({ type: 'run.approval-answered', approved: input.approved, ...who(input) }),
  extend: (input) => ({ type: 'experiment.extended', experiment: input.experiment, byMs: input.byMs, ...who(input) }),
  skip: (input) => ({ type: 'experiment.skipped', experiment: input.experiment, ...who(input) }),
  retry: (input) => ({ type: 'experiment.retried', experiment: input.experiment, ...who(input) }),
  'settle-undo': (input) => ({ type: 'undo.settle-requested', experiment: input.experiment, by: input.by, ...who(input) }),
};

/** An update that a campaign's workflow has accepted; undefined: it is not one of squall's. */
export function updateEvent(request: UpdateRequest): BareEvent | undefined {
  const name = request?.name ?? '';
  const input = firstPayload<never>(request?.args);
  return input !== undefined && Object.hasOwn(tellings, name) ? tellings[name as UpdateName](input) : undefined;
}

/** A signal to a campaign's workflow; undefined: it is not told. */
export function signalEvent({ signalName, input }: Signaled): BareEvent | undefined {
  if (signalName === haltSignal) {
    const halt = firstPayload<AbortInput>(input);
    return halt && { type: 'run.abort-requested', ...who(halt) };
  }
  if (signalName !== undoStateSignal) return undefined;
  const state = firstPayload<UndoState>(input);
  if (state === undefined) return undefined;
  const { experiment, failing } = state;
  return failing === null ? { type: 'undo.settled', experiment } : { type: 'undo.failing', experiment, missing: failing };
}

/** The timer an approval step waits by; undefined: it is no such event. */
export function awaitedApproval(event: HistoryEvent): BareEvent | undefined {
  const summary = event.userMetadata?.summary;
  const timer = event.timerStartedEventAttributes;
  if (!timer || !summary) return undefined;
  const approval = approvalOfSummary(String(defaultPayloadConverter.fromPayload(summary)));
  if (approval === undefined) return undefined;
  const { seconds, nanos } = timer.startToFireTimeout ?? {};
  const until = Date.parse(eventTime(event)) + toNumber(seconds) * 1_000 + (nanos ?? 0) / 1e6;
  return { type: 'run.approval-awaited', approval, until: new Date(until).toISOString() };
}

function who({ actor, reason }: Asked): { actor: string; reason: string | null } {
  return { actor, reason: reason ?? null };
}
