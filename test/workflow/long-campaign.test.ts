import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Campaign } from '../../src/contracts/campaign.ts';
import { type RunStatus, statusQuery } from '../../src/contracts/control.ts';
import { campaignOf, experimentSpec, observationOf, simulatedActivities } from '../support/simulated-activities.ts';
import { WorkflowHarness } from '../support/workflow-harness.ts';

const dayMs = 24 * 3_600_000;
// Temporal suggests it at 4,096 events; a test would take long to get there.
const suggestedAt = 80;

describe('a campaign of many days (simulated activities, skipped time)', function () {
  this.timeout(300_000);
  let harness: WorkflowHarness;

  before(async () => {
    harness = await WorkflowHarness.create({
      settings: { 'limit.historyCount.suggestContinueAsNew': suggestedAt },
      interceptors: [fileURLToPath(new URL('../support/skipped-time.ts', import.meta.url))],
    });
  });
  after(async () => {
    await harness?.[Symbol.asyncDispose]();
  });

  function rounds(times: number): Campaign {
    const together = [1, 2, 3, 4].map((number) => experimentSpec(`shake-${number}`, { durationMs: 1_000 }));
    return {
      ...campaignOf(),
      steps: [
        { kind: 'parallel', experiments: together },
        { kind: 'wait', durationMs: dayMs },
      ],
      repeat: { times, pauseMs: dayMs },
    };
  }

  it('continues as new, loses nothing, and reports all of its rounds', async () => {
    const calls: string[] = [];
    let holds = true;
    const activities = simulatedActivities(calls, {
      // One sample in one round misses its tolerance: the report has to remember it over many histories.
      observe: async (input) => {
        const missed = holds && input.fault?.experiment === 'shake-3' && calls.filter((call) => call === 'injectFault').length > 12;
        if (missed) holds = false;
        return observationOf(input, missed ? 5_000 : 10);
      },
    });
    await harness.withCampaign(rounds(10), activities, async (handle) => {
      const first = handle.firstExecutionRunId;
      await handle.result().catch(() => undefined);
      const report = await harness.report(handle.workflowId);
      const description = await handle.describe();
      assert.notEqual(description.runId, first, 'it has continued as new');
      assert.ok(description.historyLength < 3 * suggestedAt, `${description.historyLength} events in the last history`);
      for (const verb of ['injectFault', 'verifyFault', 'revertFault', 'confirmFault']) {
        assert.equal(calls.filter((call) => call === verb).length, 40, verb);
      }
      assert.equal(calls.filter((call) => call === 'makePlan').length, 1);
      assert.equal(calls.filter((call) => call === 'requestHold').length, 1);
      assert.equal(report.rounds?.rounds, 9);
      const shake3 = report.rounds?.experiments.find(({ name }) => name === 'shake-3');
      assert.deepEqual([shake3?.verdicts.Passed, shake3?.verdicts.Failed], [8, 1]);
      assert.equal(report.verdict, 'Failed');
      assert.match(report.reason, /shake-3 in round \d+: probe latency failed/);
      assert.equal(report.score, 97.5);
      assert.ok(report.history.events > 40 * 10, `${report.history.events} events over all histories`);
    });
  });

  it('keeps what was asked for before it continued as new', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `shake-${index + 1}`);
    const definition = campaignOf(...names.map((name) => experimentSpec(name, { durationMs: 1_000 })));
    await harness.withCampaign(definition, simulatedActivities([]), async (handle) => {
      for (const end = Date.now() + 60_000; ; await delay(20)) {
        const { experiments } = await handle.query<RunStatus>(statusQuery);
        if (experiments.length > 0) break;
        assert.ok(Date.now() < end, 'the run has no experiments yet');
      }
      await handle.executeUpdate('skip', { args: [{ actor: 'alice', experiment: 'shake-12' }] });
      const report = await handle.result();
      assert.notEqual((await handle.describe()).runId, handle.firstExecutionRunId);
      assert.deepEqual([report.experiments[11]?.verdict, report.experiments[11]?.reason], ['Skipped', 'skipped by alice']);
      assert.equal(report.experiments.filter(({ verdict }) => verdict === 'Passed').length, 11);
    });
  });
});
