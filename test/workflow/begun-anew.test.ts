import assert from 'node:assert/strict';
import type { Activities } from '../../src/contracts/activities.ts';
import type { Observation } from '../../src/contracts/evidence.ts';
import { campaignOf, experimentSpec, observationOf, simulatedActivities } from '../support/simulated-activities.ts';
import { WorkflowHarness } from '../support/workflow-harness.ts';

/** By the carriers' clocks, which need not be the worker's. */
const [begun, again, evenLater] = [1_000, 2_000, 3_000];

describe('a fault that its undo finds begun anew (simulated activities)', function () {
  this.timeout(120_000);
  let harness: WorkflowHarness;

  before(async () => {
    harness = await WorkflowHarness.create();
  });
  after(async () => {
    await harness?.[Symbol.asyncDispose]();
  });

  /** A run whose observation found this, and whose undo ended what had begun at `ended`; answers what is told of it. */
  async function reestablished(found: Partial<Observation>, ended: number) {
    const simulated = simulatedActivities([]);
    const known: (number | undefined)[] = [];
    const activities: Activities = {
      ...simulated,
      async injectFault(fault, also) {
        const injected = await simulated.injectFault(fault, also);
        const verified = injected.verified ?? (await simulated.verifyFault(fault));
        return { ...injected, verified: { ...verified, begunAt: begun } };
      },
      async observe(input) {
        known.push(input.begunAt);
        return { ...observationOf(input, 10), ...(input.fault !== null && found) };
      },
      revertFault: async (fault, also) => ({ ...(await simulated.revertFault(fault, also)), begunAt: ended }),
    };
    const report = await harness.withCampaign(campaignOf(experimentSpec('only')), activities, (handle) => handle.result());
    assert.ok(known.includes(begun), `the observation was not told when the fault began: ${known}`);
    return report.experiments[0]?.reestablished.map(({ at, detail }) => [Date.parse(at), detail]);
  }

  it('tells that it was put back', async () => {
    assert.deepEqual(await reestablished({}, again), [[again, 'found at its undo; whoever put it back did not live to tell why']]);
  });

  it('tells nothing when it began as known', async () => {
    assert.deepEqual(await reestablished({}, begun), []);
  });

  it('tells once of what an observation has told of', async () => {
    const told = { at: again + 5, detail: 'its container restarted' };
    assert.deepEqual(await reestablished({ begunAt: again, reestablished: [told] }, again), [[told.at, told.detail]]);
    // Put back in the last moment, it was not read back any more.
    assert.equal((await reestablished({ begunAt: null, reestablished: [told] }, again))?.length, 1);
    assert.equal((await reestablished({ begunAt: again, reestablished: [told] }, evenLater))?.length, 2);
  });
});
