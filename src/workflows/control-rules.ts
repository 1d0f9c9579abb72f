import type { Asked, ExperimentStatus, RunStatus, UpdateInputs, UpdateName } from '../contracts/control.ts';

const longestActor = 200;
const longestReason = 1_000;
const longestExtensionMs = 24 * 3_600_000;

type Rule<Name extends UpdateName> = (input: UpdateInputs[Name], status: RunStatus) => string | undefined;

const rules: { [Name in UpdateName]: Rule<Name> } = {
  pause: ({ faults }, { paused }) => {
    if (paused !== null) return `it is paused already, by ${paused.by}`;
    return faults === 'undo' || faults === 'hold' ? undefined : `faults: found ${JSON.stringify(faults)}, expected undo or hold`;
  },
  resume: (_, { paused }) => (paused === null ? 'it is not paused' : undefined),
  abort: ({ reason }) => reasonNeeded(reason),
  approve: ({ approved }, { approval }) => {
    if (approval === null) return 'it waits for no approval';
    return typeof approved === 'boolean' ? undefined : `approved: found ${JSON.stringify(approved)}, expected true or false`;
  },
  extend: ({ experiment, byMs }, status) =>
    inState(experiment, status, ['under-way']) ??
    (Number.isInteger(byMs) && byMs > 0 && byMs <= longestExtensionMs
      ? undefined
      : `byMs: found ${JSON.stringify(byMs)}, expected whole milliseconds, 1 to ${longestExtensionMs}`),
  skip: ({ experiment }, status) => inState(experiment, status, ['to-come', 'under-way']),
  retry: ({ experiment }, status) =>
    inState(experiment, status, ['failed', 'error']) ??
    (status.paused === null ? 'the run is not paused: a failed experiment is retried while it waits, see onFailure: pause' : undefined),
  'settle-undo': ({ experiment, by, reason }, status) => {
    const entry = status.experiments.find(({ name }) => name === experiment);
    if (entry === undefined) return unknown(experiment, status);
    if (entry.undoFailing === null) return `the undo of ${experiment} is not failing`;
    if (by !== 'force' && by !== 'acknowledge') return `by: found ${JSON.stringify(by)}, expected force or acknowledge`;
    return reasonNeeded(reason);
  },
};

/**
 * Why an update makes no sense as things are, in one sentence; undefined: it does.
 *
 * @param ending why nothing at all is taken any more; undefined: it is
 */
export function whyRejected<Name extends UpdateName>(
  name: Name,
  input: UpdateInputs[Name],
  status: RunStatus,
  ending: string | undefined,
): string | undefined {
  if (typeof input !== 'object' || input === null) return `found ${JSON.stringify(input)}, expected one argument, an object with actor`;
  // An undo that fails is settled also, and above all, when the run is to end.
  if (ending !== undefined && name !== 'settle-undo') return ending;
  return whyNobody(input) ?? rules[name](input, status);
}

function whyNobody({ actor, reason }: Asked): string | undefined {
  if (typeof actor !== 'string' || actor.trim() === '' || actor.length > longestActor) {
    return `actor: found ${JSON.stringify(actor)}, expected who asks, 1 to ${longestActor} characters`;
  }
  if (reason === undefined || (typeof reason === 'string' && reason.length <= longestReason)) return undefined;
  return `reason: found ${typeof reason === 'string' ? `${reason.length} characters` : JSON.stringify(reason)}, expected text of at most ${longestReason}`;
}

function reasonNeeded(reason: string | undefined): string | undefined {
  return reason === undefined || reason.trim() === '' ? 'reason: found nothing, expected why, for those who read the history' : undefined;
}

function inState(experiment: string, status: RunStatus, allowed: ExperimentStatus['state'][]): string | undefined {
  const entry = status.experiments.find(({ name }) => name === experiment);
  if (entry === undefined) return unknown(experiment, status);
  return allowed.includes(entry.state) ? undefined : `experiment ${experiment} is ${entry.state}, expected ${allowed.join(' or ')}`;
}

function unknown(experiment: string, { experiments }: RunStatus): string {
  const names = experiments.map(({ name }) => name).join(', ') || 'none yet';
  return `experiment: found ${JSON.stringify(experiment)}, expected one of ${names}`;
}
