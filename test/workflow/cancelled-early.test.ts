import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { campaignOf, experimentSpec, simulatedActivities } from '../support/simulated-activities.ts';
import { WorkflowHarness } from '../support/workflow-harness.ts';

describe('a run that is cancelled before its fault (simulated activities)', function () {
  this.timeout(180_000);
  let harness: WorkflowHarness;

  before(async () => {
    harness = await WorkflowHarness.create();
  });
  after(async () => {
    await harness?.[Symbol.asyncDispose]();
  });

  it('injects nothing, when the preparation comes to its end all the same', async () => {
    const calls: string[] = [];
    const simulated = simulatedActivities([]);
    let preparing = false;
    const activities = simulatedActivities(calls, {
      prepareFault: async (input) => {
        preparing = true;
        const signal = cancellationSignal();
        while (!signal.aborted) {
          heartbeat();
          await delay(20);
        }
        return simulated.prepareFault(input);
      },
    });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      while (!preparing) await delay(20);
      await handle.cancel();
      await assert.rejects(handle.result());
      assert.ok(calls.includes('prepareFault'), 'the preparation has come to its end');
      assert.ok(!calls.includes('injectFault'), `the fault was injected by a run that was cancelled: ${calls.join(', ')}`);
    });
  });
});
