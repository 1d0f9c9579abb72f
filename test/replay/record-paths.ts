import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/contracts/activities.ts';
import type { Campaign } from '../../src/contracts/campaign.ts';
import {
  haltSignal,
  holdDecidedSignal,
  type RunStatus,
  statusQuery,
  type UpdateInputs,
  type UpdateName,
} from '../../src/contracts/control.ts';
import { campaignOf, experimentSpec, observationOf, planOf, simulatedActivities, timedObserve } from '../support/simulated-activities.ts';
import { WorkflowHarness } from '../support/workflow-harness.ts';
import { writeHistories } from './write-history.ts';

// Records the histories of every path a run can take to its end, from runs whose activities are simulated (no cluster stands
// behind them; server and workflows are real). usage: node test/replay/record-paths.ts [NAME...]   (no name: all)

interface Path {
  campaign: Campaign;
  activities?: Partial<Activities>;
  /** what is done to the run while it goes on */
  steer?(handle: WorkflowHandle): Promise<void>;
}

const asked = { actor: 'alice', reason: 'to record a history' };
const short = experimentSpec('only', { durationMs: 1_000 });
const long = experimentSpec('only', { durationMs: 300_000 });
const refusal = { code: 'a-test', subject: 'cart', message: 'to record a history' };
const refuse = ApplicationFailure.nonRetryable('cart-0: no route');
const notGone = async () => ({ ok: false, at: 0, perTarget: [{ target: 'cart-0', ok: false, detail: 'still delayed' }] });

function update<Name extends UpdateName>(handle: WorkflowHandle, name: Name, input: UpdateInputs[Name]): Promise<unknown> {
  return handle.executeUpdate(name, { args: [input] });
}

async function until(handle: WorkflowHandle, holds: (status: RunStatus) => boolean): Promise<void> {
  while (!holds(await handle.query<RunStatus>(statusQuery))) await delay(50);
}

/** Until the fault holds. */
async function held(handle: WorkflowHandle): Promise<void> {
  await until(handle, ({ experiments }) => experiments[0]?.state === 'under-way');
  await delay(1_500);
}

const failed = ({ experiments }: RunStatus) => experiments[0]?.undoFailing != null;

const paths: Record<string, Path> = {
  passed: { campaign: campaignOf(short, { ...short, name: 'next' }) },
  refused: {
    campaign: campaignOf(short),
    activities: { makePlan: async ({ campaign, seed }) => ({ ...planOf(campaign, seed), refusals: [refusal] }) },
  },
  'refused-by-arbiter': {
    campaign: campaignOf(short),
    activities: { requestHold: async () => ({ outcome: 'refused', refusals: [refusal] }) },
  },
  queued: {
    campaign: campaignOf(short),
    activities: { requestHold: async () => ({ outcome: 'queued', behind: ['another'] }) },
    steer: async (handle) => {
      await until(handle, ({ phase }) => phase === 'Queued');
      await handle.signal(holdDecidedSignal, { outcome: 'granted' });
    },
  },
  failed: {
    campaign: campaignOf(short),
    activities: { observe: async (input) => observationOf(input, input.fault === null ? 10 : 5_000) },
  },
  'inject-failed': { campaign: campaignOf(short), activities: { injectFault: () => Promise.reject(refuse) } },
  cancelled: {
    campaign: campaignOf(long),
    steer: async (handle) => {
      await held(handle);
      await handle.cancel();
    },
  },
  aborted: {
    campaign: campaignOf(long),
    steer: async (handle) => {
      await held(handle);
      await update(handle, 'abort', asked);
    },
  },
  halted: {
    campaign: campaignOf(long),
    steer: async (handle) => {
      await held(handle);
      await handle.signal(haltSignal, asked);
    },
  },
  stopped: {
    campaign: {
      ...campaignOf(long),
      stopConditions: [
        {
          name: 'errors',
          probe: { name: 'errors', type: 'http', parameters: {}, when: 'during', weight: 0, intervalMs: 1_000, timeoutMs: 1_000 },
        },
      ],
    },
    activities: {
      watchStopConditions: async () => {
        await delay(4_000);
        return { condition: 'errors', at: Date.now(), seen: '12, where <= 5 must hold' };
      },
    },
  },
  paused: {
    campaign: campaignOf(experimentSpec('only', { durationMs: 8_000 })),
    steer: async (handle) => {
      await held(handle);
      await update(handle, 'pause', { ...asked, faults: 'undo' });
      await update(handle, 'resume', asked);
    },
  },
  extended: {
    campaign: campaignOf(experimentSpec('only', { durationMs: 4_000 })),
    steer: async (handle) => {
      await held(handle);
      await update(handle, 'extend', { ...asked, experiment: 'only', byMs: 2_000 });
    },
  },
  skipped: {
    campaign: campaignOf(long, { ...short, name: 'next' }),
    steer: async (handle) => {
      await held(handle);
      await update(handle, 'skip', { ...asked, experiment: 'only' });
    },
  },
  retried: {
    campaign: campaignOf({ ...short, onFailure: 'pause' }),
    activities: failingOnce(),
    steer: async (handle) => {
      await until(handle, ({ paused }) => paused !== null);
      await update(handle, 'retry', { ...asked, experiment: 'only' });
    },
  },
  approved: {
    campaign: withApproval(),
    steer: async (handle) => {
      await until(handle, ({ approval }) => approval !== null);
      await update(handle, 'approve', { ...asked, approved: true });
    },
  },
  'not-approved': { campaign: withApproval() },
  'undo-acknowledged': {
    campaign: campaignOf(short),
    activities: { confirmFault: notGone },
    steer: async (handle) => {
      await until(handle, failed);
      await update(handle, 'settle-undo', { ...asked, experiment: 'only', by: 'acknowledge' });
    },
  },
  'undo-forced': {
    campaign: campaignOf(short),
    activities: { revertFault: () => Promise.reject(refuse) },
    steer: async (handle) => {
      await until(handle, failed);
      await update(handle, 'settle-undo', { ...asked, experiment: 'only', by: 'force' });
    },
  },
  'two-clusters': {
    campaign: campaignOf(short, { ...short, name: 'west', target: { cluster: 'west', namespace: 'shop', selector: 'app=cart' } }),
  },
  rounds: { campaign: { ...campaignOf(short), repeat: { times: 8, pauseMs: 100 } } },
};

function withApproval(): Campaign {
  const campaign = campaignOf(short);
  return { ...campaign, steps: [{ kind: 'approval', name: 'go-on', timeoutMs: 3_000, onTimeout: 'abort' }, ...campaign.steps] };
}

function failingOnce(): Partial<Activities> {
  let failures = 1;
  return { observe: async (input) => observationOf(input, input.fault !== null && failures-- > 0 ? 5_000 : 10) };
}

// So low that the campaign with rounds continues as new.
await using harness = await WorkflowHarness.create({ settings: { 'limit.historyCount.suggestContinueAsNew': 60 } });
const wanted = process.argv.slice(2);
for (const name of wanted) if (!Object.hasOwn(paths, name)) throw new Error(`found ${name}, expected ${Object.keys(paths).join(', ')}`);
for (const [name, { campaign, activities, steer }] of Object.entries(paths)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await harness.withCampaign(campaign, simulatedActivities([], { observe: timedObserve, ...activities }), async (handle) => {
    await steer?.(handle);
    await handle.result().catch(() => undefined);
    await writeHistories(harness.environment.client, { workflowId: handle.workflowId, runId: handle.firstExecutionRunId }, name);
  });
}
