import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';

// Unset, the SDK would treat a cancelled activity as ended while it still acts: an undo could overtake its inject.
const waitForEnd = 'WAIT_CANCELLATION_COMPLETED' as const;

// Every activity heartbeats each second; this long without one means that its worker is dead.
const heartbeatTimeout = '15s';

/** Activities that read or ready something; a few attempts, then the run says why it can't be done. */
export const reading = proxyActivities<
  Pick<
    Activities,
    'makePlan' | 'readTargets' | 'draftPlan' | 'preflightPlan' | 'preflightFaults' | 'readyRun' | 'prepareFault' | 'validateRecovery'
  >
>({
  startToCloseTimeout: '2m',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '500ms', maximumInterval: '5s', maximumAttempts: 4 },
});

/** Verbs that start a fault and read it back. Few attempts in little time: the fault's deadline is already fixed. */
export const acting = proxyActivities<Pick<Activities, 'injectFault' | 'verifyFault'>>({
  // a drain, or deletions one after another, take their time
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '3m',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '200ms', maximumInterval: '2s', maximumAttempts: 4 },
});

/** Observation: goes on with another worker, from the samples it has, as often as it takes. */
export const observing = proxyActivities<Pick<Activities, 'observe'>>({
  startToCloseTimeout: '1h',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** The watch over stop conditions: as observation. */
export const watching = proxyActivities<Pick<Activities, 'watchStopConditions'>>({
  startToCloseTimeout: '2h',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '200ms', maximumInterval: '2s' },
});

/** What is asked of the arbiter. A request is repeated by the run itself; what is not given back is freed by the arbiter's audit. */
export const holding = proxyActivities<Pick<Activities, 'requestHold' | 'releaseHold'>>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '5m',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** What the arbiter finds out beside granting: tried until it succeeds. */
export const arbitrating = proxyActivities<Pick<Activities, 'surveyRuns'>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** The kill switch waits for no dead worker for long: another one tells everybody once more. */
export const halting = proxyActivities<Pick<Activities, 'haltRuns'>>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: '4s',
  cancellationType: waitForEnd,
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});

/** Verbs that undo. A batch of attempts; the workflow then says that the undo is failing, and goes on trying. */
export const undoing = proxyActivities<Pick<Activities, 'revertFault' | 'forceUndo' | 'confirmFault'>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '200ms', maximumInterval: '2s', maximumAttempts: 5 },
});

/** The report is made whatever it takes. */
export const finishing = proxyActivities<Pick<Activities, 'finishRun'>>({
  startToCloseTimeout: '1m',
  heartbeatTimeout,
  cancellationType: waitForEnd,
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});
