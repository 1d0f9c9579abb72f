import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Activities } from '../../src/contracts/activities.ts';
import { holdDecidedSignal, type RunStatus, statusQuery } from '../../src/contracts/control.ts';
import { experimentWorkflowId } from '../../src/contracts/run.ts';
import { eventually } from '../support/eventually.ts';
import { campaignOf, experimentSpec, observationOf, planOf, simulatedActivities } from '../support/simulated-activities.ts';
import { WorkflowHarness } from '../support/workflow-harness.ts';

const verbs = ['prepareFault', 'injectFault', 'verifyFault', 'observe', 'revertFault', 'confirmFault'];

describe('campaign workflow (simulated activities)', function () {
  this.timeout(60_000);
  let harness: WorkflowHarness;

  before(async () => {
    harness = await WorkflowHarness.create();
  });
  after(async () => {
    await harness?.[Symbol.asyncDispose]();
  });

  async function failure(result: Promise<unknown>): Promise<ApplicationFailure> {
    const error = await result.then(
      () => assert.fail('the run should have failed'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure, String(error));
    return error.cause;
  }

  /** The activities of a workflow, in their order. */
  async function scheduled(workflowId: string): Promise<string[]> {
    const { events } = await harness.environment.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  }

  it('does the verbs in order and ends Passed with a report', async () => {
    const calls: string[] = [];
    const definition = campaignOf(experimentSpec('first'), experimentSpec('second'));
    await harness.withCampaign(definition, simulatedActivities(calls), async (handle) => {
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed');
      assert.equal(report.score, 100);
      assert.deepEqual(
        calls.map((call) => call),
        [
          'makePlan',
          'requestHold',
          'preflightFaults',
          'observe',
          ...verbs,
          'observe',
          ...verbs,
          'observe',
          'validateRecovery',
          'releaseHold',
          'finishRun',
        ],
      );
      const description = await handle.describe();
      assert.deepEqual(description.searchAttributes.SquallPhase, ['Completed']);
      assert.deepEqual(description.searchAttributes.SquallVerdict, ['Passed']);
      assert.deepEqual(description.searchAttributes.SquallScore, [100]);
    });
  });

  it('touches nothing when the plan has refusals, and says why', async () => {
    const calls: string[] = [];
    const refusal = { code: 'not-replicated', subject: 'redis', message: '3 of 3 pods are primaries: replication is not configured' };
    const activities = simulatedActivities(calls, {
      makePlan: async ({ campaign, seed }) => ({ ...planOf(campaign, seed), refusals: [refusal] }),
    });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      const cause = await failure(handle.result());
      assert.equal(cause.type, 'Refused');
      assert.match(cause.message, /replication is not configured/);
      assert.deepEqual(calls, ['makePlan', 'finishRun']);
      const report = await harness.report(handle.workflowId);
      assert.equal(report.verdict, 'Error');
      assert.equal(report.score, null);
    });
  });

  it('touches nothing when a later experiment could not be done, and says which', async () => {
    const calls: string[] = [];
    const refusal = { code: 'no-mechanism', subject: 'second', message: 'no mechanism can delay packets here' };
    const activities = simulatedActivities(calls, { preflightFaults: async () => [refusal] });
    await harness.withCampaign(campaignOf(experimentSpec('first'), experimentSpec('second')), activities, async (handle) => {
      const cause = await failure(handle.result());
      assert.equal(cause.type, 'Refused');
      assert.match(cause.message, /no mechanism can delay packets here/);
      assert.deepEqual(calls, ['makePlan', 'requestHold', 'preflightFaults', 'releaseHold', 'finishRun']);
      assert.deepEqual((await harness.report(handle.workflowId)).refusals, [refusal]);
    });
  });

  it('runs the experiments of a parallel step side by side, and the next one after both', async () => {
    const calls: string[] = [];
    const running = new Set<string>();
    let together = 0;
    const activities = simulatedActivities(calls, {
      observe: async (input) => {
        const { fault } = input;
        if (fault === null) return observationOf(input, 10);
        running.add(fault.experiment);
        if (fault.experiment === 'after') assert.deepEqual([...running], ['after']);
        // Each waits for the other: one after the other, neither would end.
        const end = Date.now() + 20_000;
        while (fault.experiment !== 'after' && running.size < 2 && together < 2) {
          assert.ok(Date.now() < end, 'the other experiment of the step never came');
          await delay(20);
        }
        together = Math.max(together, running.size);
        running.delete(fault.experiment);
        return observationOf(input, 10);
      },
    });
    const definition = campaignOf(experimentSpec('after'));
    definition.steps.unshift({ kind: 'parallel', experiments: [experimentSpec('one'), experimentSpec('other')] });
    await harness.withCampaign(definition, activities, async (handle) => {
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed');
      assert.deepEqual(
        report.experiments.map(({ name }) => name),
        ['one', 'other', 'after'],
      );
      assert.equal(together, 2);
    });
  });

  it('does a fault of an instant again while its duration lasts, on targets chosen anew, each with an id of its own', async () => {
    const calls: string[] = [];
    const ids: string[] = [];
    const undone: string[] = [];
    const activities = simulatedActivities(calls, {
      injectFault: async (fault) => {
        ids.push(fault.id);
        return { injectedAt: Date.now(), perTarget: [{ target: 'cart-0', at: Date.now(), detail: 'deleted' }] };
      },
      confirmFault: async (fault) => {
        undone.push(fault.id);
        return { ok: true, at: Date.now(), perTarget: [{ target: 'cart-0', ok: true, detail: 'gone' }] };
      },
    });
    const kill = experimentSpec('kill', { fault: 'pod-delete', parameters: { force: false }, durationMs: 7_000, repeatEveryMs: 3_000 });
    await harness.withCampaign(campaignOf(kill), activities, async (handle) => {
      const [experiment] = (await handle.result()).experiments;
      assert.equal(ids.length, 3, ids.join(', '));
      assert.equal(new Set(ids).size, 3);
      assert.deepEqual(undone, ids, 'each turn is undone before the next');
      assert.equal(experiment?.repeatedAt.length, 2);
      assert.equal(calls.filter((call) => call === 'prepareFault').length, 3);
      const times = [experiment?.injectedAt ?? '', ...(experiment?.repeatedAt ?? [])].map((text) => Date.parse(text));
      for (const [index, at] of times.slice(1).entries()) assert.ok(at - (times[index] ?? at) >= 3_000, times.join(', '));
    });
  });

  it('does it again only where the workload is whole again', async () => {
    const calls: string[] = [];
    const kill = experimentSpec('kill', { fault: 'pod-delete', parameters: { force: false }, durationMs: 3_600_000, repeatEveryMs: 500 });
    let turns = 0;
    const activities = simulatedActivities(calls, {
      observe: async (input) => {
        if (calls.includes('injectFault')) turns++;
        const whole = turns < 3;
        return { ...observationOf(input, 10), ...(!whole && { recoveredAt: null, notRecovered: '2 pods, expected 3' }) };
      },
    });
    await harness.withCampaign(campaignOf(kill), activities, async (handle) => {
      const cause = await failure(handle.result());
      assert.match(cause.message, /kill: steady state did not return within 1 min: 2 pods, expected 3/);
      assert.equal(calls.filter((call) => call === 'injectFault').length, 3);
    });
  });

  it('looks once more when an attempt to inject was given up and may have gone on: what came back is undone', async () => {
    const calls: string[] = [];
    let attempts = 0;
    const reverted: number[] = [];
    const activities = simulatedActivities(calls, {
      revertFault: async () => {
        const at = Date.now();
        reverted.push(at);
        return { revertedAt: at, revertedBy: 'workflow', perTarget: [{ target: 'cart-0', by: 'workflow', at, detail: 'removed' }] };
      },
      // The first attempt's worker falls silent in the middle of it.
      injectFault: async () => {
        if (++attempts === 1) throw new Error('the answer is lost');
        return { attempt: attempts, injectedAt: Date.now(), perTarget: [{ target: 'cart-0', at: Date.now(), detail: 'in effect' }] };
      },
    });
    await harness.withCampaign(campaignOf(experimentSpec('only', { durationMs: 1_000 })), activities, async (handle) => {
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed', report.reason);
      assert.deepEqual(
        calls.filter((call) => call.endsWith('Fault')),
        ['prepareFault', 'injectFault', 'injectFault', 'verifyFault', 'revertFault', 'confirmFault', 'revertFault', 'confirmFault'],
      );
      assert.equal(report.experiments[0]?.revertedAt, new Date(reverted[0] ?? 0).toISOString(), 'when it was undone first');
    });
  });

  it('ends the hold of a fault that was lost, and waits for steady state', async () => {
    const calls: string[] = [];
    const activities = simulatedActivities(calls, {
      observe: async (input) => ({ ...observationOf(input, 10), faultLost: input.fault === null ? null : 'cart-0: no such process' }),
    });
    await harness.withCampaign(campaignOf(experimentSpec('only', { durationMs: 3_600_000 })), activities, async (handle) => {
      const [experiment] = (await handle.result()).experiments;
      assert.equal(experiment?.lost, 'cart-0: no such process');
      assert.ok(experiment?.confirmedAt && experiment.recoverySeconds !== null);
    });
  });

  it('injects nothing when the hypothesis does not hold before', async () => {
    const calls: string[] = [];
    const activities = simulatedActivities(calls, { observe: async (input) => observationOf(input, 5_000) });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      const cause = await failure(handle.result());
      assert.match(cause.message, /probe latency does not hold before any fault: 5000 ms/);
      assert.ok(!calls.includes('injectFault'));
    });
  });

  it('undoes a fault whose inject failed half-way', async () => {
    const calls: string[] = [];
    const activities = simulatedActivities(calls, {
      injectFault: () => Promise.reject(ApplicationFailure.nonRetryable('cart-0: no route')),
    });
    await harness.withCampaign(campaignOf(experimentSpec('only'), experimentSpec('next')), activities, async (handle) => {
      const cause = await failure(handle.result());
      assert.equal(cause.type, 'ChaosError');
      assert.match(cause.message, /cart-0: no route/);
      assert.deepEqual(calls.slice(4), [
        'prepareFault',
        'injectFault',
        'revertFault',
        'confirmFault',
        'validateRecovery',
        'releaseHold',
        'finishRun',
      ]);
    });
  });

  it('undoes a fault that did not take hold, and calls it an error', async () => {
    const calls: string[] = [];
    const activities = simulatedActivities(calls, {
      verifyFault: async () => ({
        ok: false,
        at: Date.now(),
        perTarget: [{ target: 'cart-0', ok: false, detail: 'no rule in the kernel' }],
      }),
    });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      const cause = await failure(handle.result());
      assert.match(cause.message, /did not take hold: cart-0: no rule in the kernel/);
      assert.ok(calls.includes('confirmFault'));
    });
  });

  it('asks for a read-back by itself that came to no answer where it was done with what it reads back', async () => {
    const calls: string[] = [];
    const seen = { ok: true, at: Date.now(), perTarget: [{ target: 'cart-0', ok: true, detail: 'seen' }] };
    const silent = { verify: 1, confirm: 1 };
    const answer = async (verb: keyof typeof silent) => (silent[verb]-- > 0 ? Promise.reject(new Error('no answer')) : seen);
    const activities = simulatedActivities(calls, { verifyFault: () => answer('verify'), confirmFault: () => answer('confirm') });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      assert.equal((await handle.result()).verdict, 'Passed');
      assert.deepEqual(
        calls.filter((call) => call.endsWith('Fault')),
        ['prepareFault', 'injectFault', 'verifyFault', 'verifyFault', 'revertFault', 'confirmFault', 'confirmFault'],
      );
    });
  });

  it('prepares what begins at once together with the preflight, and later experiments when they begin', async () => {
    const calls: string[] = [];
    const definition = campaignOf(experimentSpec('first'), experimentSpec('second'));
    await harness.withCampaign(definition, simulatedActivities(calls), async (handle) => {
      await handle.result();
      assert.deepEqual(await scheduled(handle.workflowId), ['makePlan', 'requestHold', 'validateRecovery', 'finishRun']);
      const experiment = ['injectFault', 'observe', 'revertFault', 'observe'];
      assert.deepEqual(await scheduled(experimentWorkflowId(handle.workflowId, 1, 'first')), experiment);
      assert.deepEqual(await scheduled(experimentWorkflowId(handle.workflowId, 2, 'second')), ['prepareFault', ...experiment]);
    });
  });

  it('is made ready by a step of its own where that failed beside the grant, and tries that again', async () => {
    const calls: string[] = [];
    let failing = 2;
    const preflightFaults = async () => (failing-- > 0 ? Promise.reject(new Error('no route')) : []);
    await harness.withCampaign(campaignOf(experimentSpec('only')), simulatedActivities(calls, { preflightFaults }), async (handle) => {
      assert.equal((await handle.result()).verdict, 'Passed');
      assert.deepEqual(await scheduled(handle.workflowId), ['makePlan', 'requestHold', 'readyRun', 'validateRecovery', 'finishRun']);
      assert.equal(calls.filter((call) => call === 'preflightFaults').length, 3);
    });
  });

  it('is made ready by a step of its own where it had to wait, on a plan made anew', async () => {
    const calls: string[] = [];
    const requestHold: Activities['requestHold'] = async () => ({ outcome: 'queued', behind: ['another'] });
    await harness.withCampaign(campaignOf(experimentSpec('only')), simulatedActivities(calls, { requestHold }), async (handle) => {
      await eventually(
        'it waits',
        () => handle.query<RunStatus>(statusQuery),
        ({ phase }) => phase === 'Queued',
      );
      await handle.signal(holdDecidedSignal, { outcome: 'granted' });
      assert.equal((await handle.result()).verdict, 'Passed');
      const expected = ['makePlan', 'requestHold', 'makePlan', 'readyRun', 'validateRecovery', 'finishRun'];
      assert.deepEqual(await scheduled(handle.workflowId), expected);
    });
  });

  it('goes on undoing until the fault is proven gone, and shows that it does', async () => {
    const calls: string[] = [];
    let reverts = 0;
    let seenPhase: unknown;
    const activities = simulatedActivities(calls, {
      revertFault: async () => {
        reverts++;
        if (reverts < 3) throw ApplicationFailure.nonRetryable('API server is away');
        return { revertedAt: Date.now(), revertedBy: 'carrier', perTarget: [] };
      },
    });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      const result = handle.result();
      const child = harness.environment.client.workflow.getHandle(`${handle.workflowId}.1-only`);
      while (reverts < 3) {
        const phase = await child.describe().then(
          (description) => description.searchAttributes.SquallPhase,
          () => undefined,
        );
        if (phase !== undefined) seenPhase = phase;
        await delay(50);
      }
      assert.equal((await result).experiments[0]?.revertedBy, 'carrier');
      assert.deepEqual(seenPhase, ['Undoing']);
    });
  });

  it('says in the call stack what it waits for', async () => {
    const holding = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const activities = simulatedActivities([], {
      observe: async (input) => {
        if (input.fault !== null) {
          holding.resolve();
          await looked.promise;
        }
        return observationOf(input, 10);
      },
    });
    await harness.withCampaign(campaignOf(experimentSpec('only')), activities, async (handle) => {
      await holding.promise;
      const experiment = harness.environment.client.workflow.getHandle(experimentWorkflowId(handle.workflowId, 1, 'only'));
      const stack = await experiment.query('__stack_trace').finally(looked.resolve);
      assert.match(String(stack), /at race \(.*observer\.ts:\d+/);
      await handle.result();
    });
  });

  it('cancelled in mid-fault, undoes before the observation has ended, keeps its samples, and ends Cancelled', async () => {
    const calls: string[] = [];
    let observationEnded = 0;
    let revertedAt = 0;
    let holding = 0;
    const activities = simulatedActivities(calls, {
      observe: async (input) => {
        if (input.fault === null) return observationOf(input, 10);
        holding = Date.now();
        const signal = cancellationSignal();
        const beat = setInterval(() => heartbeat(), 50);
        while (!signal.aborted) await delay(20);
        await delay(500);
        clearInterval(beat);
        observationEnded = Date.now();
        return observationOf(input, 20);
      },
      revertFault: async () => {
        revertedAt = Date.now();
        return { revertedAt, revertedBy: 'workflow', perTarget: [] };
      },
    });
    await harness.withCampaign(campaignOf(experimentSpec('only'), experimentSpec('never')), activities, async (handle) => {
      while (holding === 0) await delay(20);
      await handle.cancel();
      const error = await handle.result().then(
        () => assert.fail('the run should have been cancelled'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure, String(error));
      assert.ok(revertedAt > 0 && revertedAt < observationEnded, `reverted ${revertedAt}, observation ended ${observationEnded}`);
      const report = await harness.report(handle.workflowId);
      assert.equal(report.verdict, 'Aborted');
      assert.deepEqual(
        report.experiments.map((experiment) => experiment.verdict),
        ['Aborted', 'Skipped'],
      );
      assert.equal(report.experiments[0]?.probes[0]?.samples.length, 1);
      assert.equal((await handle.describe()).status.name, 'CANCELLED');
      assert.deepEqual((await handle.describe()).searchAttributes.SquallVerdict, ['Aborted']);
    });
  });

  for (const onFailure of ['continue', 'stop'] as const) {
    it(`after a failed experiment: ${onFailure}`, async () => {
      const calls: string[] = [];
      const activities = simulatedActivities(calls, { observe: async (input) => observationOf(input, input.fault === null ? 10 : 1_500) });
      const definition = campaignOf(experimentSpec('first', { onFailure }), experimentSpec('second', { onFailure }));
      await harness.withCampaign(definition, activities, async (handle) => {
        const cause = await failure(handle.result());
        assert.equal(cause.type, 'HypothesisRejected');
        const report = await harness.report(handle.workflowId);
        assert.equal(report.verdict, 'Failed');
        assert.equal(report.experiments[1]?.verdict, onFailure === 'stop' ? 'Skipped' : 'Failed');
      });
    });
  }

  it('goes no further when steady state is not back, whatever the experiment says', async () => {
    const activities = simulatedActivities([], {
      observe: async (input) => ({
        ...observationOf(input, 10),
        ...(input.recovery !== null && input.probes.length === 0 ? { recoveredAt: null, notRecovered: 'cart-0 is not Ready' } : {}),
      }),
    });
    await harness.withCampaign(campaignOf(experimentSpec('first'), experimentSpec('second')), activities, async (handle) => {
      await failure(handle.result());
      const report = await harness.report(handle.workflowId);
      assert.deepEqual(
        report.experiments.map((experiment) => experiment.verdict),
        ['Failed', 'Skipped'],
      );
      assert.match(report.experiments[0]?.reason ?? '', /cart-0 is not Ready/);
    });
  });

  it('waits where the campaign says so', async () => {
    const definition = campaignOf(experimentSpec('only'));
    definition.steps.push({ kind: 'wait', durationMs: 1_000 });
    await harness.withCampaign(definition, simulatedActivities([]), async (handle) => {
      await handle.result();
      const { events } = await handle.fetchHistory();
      assert.equal(events?.filter((event) => event.timerFiredEventAttributes).length, 1);
    });
  });
});
