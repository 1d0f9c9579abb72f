import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelled, heartbeat } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/contracts/activities.ts';
import type { Campaign, ExperimentSpec } from '../../src/contracts/campaign.ts';
import { haltSignal, type RunStatus, statusQuery, type UpdateInputs, type UpdateName } from '../../src/contracts/control.ts';
import type { ReadBack } from '../../src/contracts/evidence.ts';
import type { Report } from '../../src/contracts/report.ts';
import { campaignOf, experimentSpec, observationOf, simulatedActivities, timedObserve } from '../support/simulated-activities.ts';
import { WorkflowHarness } from '../support/workflow-harness.ts';

const alice = { actor: 'alice', reason: 'the pager went off' };

describe('control of a campaign (simulated activities)', function () {
  this.timeout(120_000);
  let harness: WorkflowHarness;

  before(async () => {
    harness = await WorkflowHarness.create();
  });
  after(async () => {
    await harness?.[Symbol.asyncDispose]();
  });

  const real = (calls: string[], changes: Partial<Activities> = {}) => simulatedActivities(calls, { observe: timedObserve, ...changes });

  function ask<Name extends UpdateName>(handle: WorkflowHandle, name: Name, input: UpdateInputs[Name]): Promise<RunStatus> {
    return handle.executeUpdate<RunStatus, [UpdateInputs[Name]]>(name, { args: [input] });
  }

  async function until(handle: WorkflowHandle, what: string, holds: (status: RunStatus) => boolean): Promise<RunStatus> {
    for (const end = Date.now() + 60_000; ; await delay(50)) {
      const status = await handle.query<RunStatus>(statusQuery);
      if (holds(status)) return status;
      assert.ok(Date.now() < end, `not ${what}: ${JSON.stringify(status)}`);
    }
  }

  async function called(calls: string[], activity: string, times: number): Promise<void> {
    for (const end = Date.now() + 60_000; calls.filter((call) => call === activity).length < times; await delay(50)) {
      assert.ok(Date.now() < end, `${activity} was not called ${times} times: ${calls}`);
    }
  }

  async function rejected(asked: Promise<unknown>, why: RegExp): Promise<void> {
    await assert.rejects(asked, (error) => error instanceof WorkflowUpdateFailedError && why.test(String(error.cause?.message)));
  }

  async function failure(handle: WorkflowHandle): Promise<{ cause: ApplicationFailure; report: Report }> {
    const error = await handle.result().then(
      () => assert.fail('the run should have failed'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure, String(error));
    return { cause: error.cause, report: await harness.report(handle.workflowId) };
  }

  const long = (name: string, changes: Partial<ExperimentSpec> = {}) => experimentSpec(name, { durationMs: 300_000, ...changes });
  const count = (calls: string[], activity: string) => calls.filter((call) => call === activity).length;
  const underWay = (handle: WorkflowHandle) => until(handle, 'under way', ({ experiments }) => experiments[0]?.state === 'under-way');

  it('paused with undo, undoes the fault at once, and injects it anew for the time it had left', async () => {
    const calls: string[] = [];
    await harness.withCampaign(campaignOf(experimentSpec('only', { durationMs: 6_000 })), real(calls), async (handle) => {
      await called(calls, 'observe', 2);
      const paused = await ask(handle, 'pause', { ...alice, faults: 'undo' });
      assert.equal(paused.phase, 'Paused');
      assert.equal(paused.paused?.by, 'alice');
      await called(calls, 'confirmFault', 1);
      assert.deepEqual((await handle.describe()).searchAttributes.SquallPhase, ['Paused']);
      assert.equal(count(calls, 'injectFault'), 1);
      assert.equal((await ask(handle, 'resume', alice)).phase, 'Running');
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed', report.reason);
      assert.deepEqual([count(calls, 'injectFault'), count(calls, 'revertFault'), count(calls, 'confirmFault')], [2, 2, 2]);
      assert.equal(report.experiments[0]?.repeatedAt.length, 1);
      const { events = [] } = await handle.fetchHistory();
      const accepted = (events ?? []).flatMap(
        (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input ?? [],
      );
      assert.deepEqual(
        accepted.map(({ name }) => name),
        ['pause', 'resume'],
      );
      const payload = accepted[0]?.args?.payloads?.[0]?.data;
      assert.match(Buffer.from(payload ?? []).toString(), /"actor":"alice","reason":"the pager went off"/);
    });
  });

  it('paused with hold, lets the fault go on to its own end and begins nothing new', async () => {
    const calls: string[] = [];
    const definition = campaignOf(experimentSpec('first', { durationMs: 2_000 }), experimentSpec('second', { durationMs: 1_000 }));
    await harness.withCampaign(definition, real(calls), async (handle) => {
      await called(calls, 'observe', 2);
      await ask(handle, 'pause', { ...alice, faults: 'hold' });
      await until(handle, 'past the first', ({ experiments }) => experiments[0]?.state === 'passed');
      await delay(500);
      const status = await handle.query<RunStatus>(statusQuery);
      assert.deepEqual([status.phase, status.experiments[1]?.state], ['Paused', 'to-come']);
      assert.equal(count(calls, 'injectFault'), 1);
      await ask(handle, 'resume', alice);
      assert.equal((await handle.result()).verdict, 'Passed');
    });
  });

  it('aborted by a person, undoes everything and says who and why', async () => {
    const calls: string[] = [];
    await harness.withCampaign(campaignOf(long('only'), long('next')), real(calls), async (handle) => {
      await called(calls, 'observe', 2);
      await ask(handle, 'abort', alice);
      const { cause, report } = await failure(handle);
      assert.equal(cause.type, 'Aborted');
      assert.equal(report.verdict, 'Aborted');
      assert.match(report.reason, /alice: the pager went off/);
      assert.ok(report.experiments[0]?.confirmedAt);
      assert.equal(report.experiments[1]?.verdict, 'Skipped');
      assert.deepEqual(calls.slice(-4), ['revertFault', 'confirmFault', 'releaseHold', 'finishRun']);
    });
  });

  it('halted by the arbiter, campaign and experiment alike, ends Aborted', async () => {
    const calls: string[] = [];
    await harness.withCampaign(campaignOf(long('only')), real(calls), async (handle) => {
      await called(calls, 'observe', 2);
      const { client } = harness.environment;
      await client.workflow.getHandle(`${handle.workflowId}.1-only`).signal(haltSignal, alice);
      await handle.signal(haltSignal, alice);
      const { report } = await failure(handle);
      assert.equal(report.verdict, 'Aborted');
      assert.match(report.reason, /halt/);
      assert.ok(report.experiments[0]?.confirmedAt);
    });
  });

  describe('an approval step', () => {
    const withApproval = (onTimeout: 'abort' | 'continue', timeoutMs: number): Campaign => {
      const definition = campaignOf(experimentSpec('only', { durationMs: 1_000 }));
      return { ...definition, steps: [{ kind: 'approval', name: 'go-on', timeoutMs, onTimeout }, ...definition.steps] };
    };

    it('lets the run go on when a person says yes', async () => {
      const calls: string[] = [];
      await harness.withCampaign(withApproval('abort', 60_000), real(calls), async (handle) => {
        await until(handle, 'waiting for approval', ({ approval, phase }) => approval?.name === 'go-on' && phase === 'Paused');
        assert.equal(count(calls, 'prepareFault'), 0);
        assert.equal((await ask(handle, 'approve', { ...alice, approved: true })).approval, null);
        assert.equal((await handle.result()).verdict, 'Passed');
      });
    });

    it('aborts it when a person says no', async () => {
      await harness.withCampaign(withApproval('continue', 60_000), real([]), async (handle) => {
        await until(handle, 'waiting for approval', ({ approval }) => approval !== null);
        await ask(handle, 'approve', { ...alice, approved: false });
        const { report } = await failure(handle);
        assert.equal(report.verdict, 'Aborted');
        assert.match(report.reason, /go-on was not approved by alice: the pager went off/);
      });
    });

    for (const [onTimeout, verdict] of [
      ['abort', 'Aborted'],
      ['continue', 'Passed'],
    ] as const) {
      it(`that nobody answers: ${onTimeout}`, async () => {
        await harness.withCampaign(withApproval(onTimeout, 1_000), real([]), async (handle) => {
          await handle.result().catch(() => undefined);
          assert.equal((await harness.report(handle.workflowId)).verdict, verdict);
        });
      });
    }
  });

  it('extended, holds for so much longer: the fault is injected once more beyond its deadline', async () => {
    const calls: string[] = [];
    const injected: number[] = [];
    const activities = real(calls, {
      injectFault: async (fault) => {
        injected.push(fault.endsAt - Date.now());
        return { injectedAt: Date.now(), perTarget: [{ target: 'cart-0', at: Date.now(), detail: 'in effect' }] };
      },
    });
    await harness.withCampaign(campaignOf(experimentSpec('only', { durationMs: 2_000 })), activities, async (handle) => {
      await called(calls, 'observe', 2);
      await ask(handle, 'extend', { ...alice, experiment: 'only', byMs: 3_000 });
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed', report.reason);
      assert.equal(injected.length, 2);
      assert.ok((injected[1] ?? 0) > 2_000 && (injected[1] ?? 0) <= 3_000, `the second time for ${injected[1]} ms`);
    });
  });

  it('skips the experiment under way, undone, and one to come, and says who', async () => {
    const calls: string[] = [];
    const definition = campaignOf(long('first'), long('second'), experimentSpec('third', { durationMs: 1_000 }));
    await harness.withCampaign(definition, real(calls), async (handle) => {
      await called(calls, 'observe', 2);
      await ask(handle, 'skip', { ...alice, experiment: 'second' });
      await ask(handle, 'skip', { ...alice, experiment: 'first' });
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed', report.reason);
      assert.deepEqual(
        report.experiments.map(({ verdict, reason }) => [verdict, /skipped by alice: the pager went off/.test(reason)]),
        [
          ['Skipped', true],
          ['Skipped', true],
          ['Passed', false],
        ],
      );
      assert.ok(report.experiments[0]?.confirmedAt);
      assert.equal(count(calls, 'injectFault'), 2);
    });
  });

  it('never passes when everything was skipped', async () => {
    await harness.withCampaign(campaignOf(long('only')), real([]), async (handle) => {
      await underWay(handle);
      await ask(handle, 'skip', { ...alice, experiment: 'only' });
      const { report } = await failure(handle);
      assert.equal(report.verdict, 'Aborted');
    });
  });

  it('pauses at a failed experiment that says so, and does it once more when a person retries it', async () => {
    const calls: string[] = [];
    let slow = true;
    const activities = real(calls, { observe: async (input) => observationOf(input, slow && input.fault !== null ? 5_000 : 10) });
    const definition = campaignOf(
      experimentSpec('only', { durationMs: 1_000, onFailure: 'pause' }),
      experimentSpec('next', { durationMs: 1_000 }),
    );
    await harness.withCampaign(definition, activities, async (handle) => {
      const waiting = await until(handle, 'paused', ({ paused }) => paused !== null);
      assert.deepEqual([waiting.paused?.by, waiting.experiments[0]?.state], ['squall', 'failed']);
      await rejected(ask(handle, 'retry', { ...alice, experiment: 'next' }), /next is to-come, expected failed or error/);
      slow = false;
      await ask(handle, 'retry', { ...alice, experiment: 'only' });
      const report = await handle.result();
      assert.equal(report.verdict, 'Passed', report.reason);
      assert.equal(report.experiments[0]?.attempt, 2);
    });
  });

  it('goes on after a failed experiment when a person resumes, and has still failed', async () => {
    const activities = real([], { observe: async (input) => observationOf(input, input.fault !== null ? 5_000 : 10) });
    const definition = campaignOf(experimentSpec('only', { durationMs: 1_000, onFailure: 'pause' }));
    await harness.withCampaign(definition, activities, async (handle) => {
      await until(handle, 'paused', ({ paused }) => paused !== null);
      await ask(handle, 'resume', alice);
      const { cause } = await failure(handle);
      assert.equal(cause.type, 'HypothesisRejected');
    });
  });

  it('rejects what makes no sense, in words, and leaves no trace of it in the history', async () => {
    await harness.withCampaign(campaignOf(long('only')), real([]), async (handle) => {
      await underWay(handle);
      await rejected(ask(handle, 'resume', alice), /it is not paused/);
      await rejected(ask(handle, 'approve', { ...alice, approved: true }), /it waits for no approval/);
      await rejected(ask(handle, 'pause', { actor: ' ', faults: 'undo' }), /actor: found " ", expected who asks/);
      await rejected(ask(handle, 'abort', { actor: 'alice', reason: '' }), /reason: found nothing/);
      await rejected(ask(handle, 'extend', { ...alice, experiment: 'other', byMs: 1 }), /experiment: found "other", expected one of only/);
      await rejected(ask(handle, 'extend', { ...alice, experiment: 'only', byMs: -1 }), /byMs: found -1/);
      await rejected(ask(handle, 'retry', { ...alice, experiment: 'only' }), /only is under-way/);
      await rejected(ask(handle, 'settle-undo', { ...alice, experiment: 'only', by: 'force' }), /the undo of only is not failing/);
      const { events } = await handle.fetchHistory();
      assert.equal((events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length, 0);
      await ask(handle, 'abort', alice);
      await failure(handle);
    });
  });

  describe('a stop condition', () => {
    const probe = {
      name: 'errors',
      type: 'http',
      parameters: {},
      when: 'during' as const,
      tolerance: { comparator: '<=' as const, value: 5, successPercent: 100 },
      weight: 0,
      intervalMs: 1_000,
      timeoutMs: 1_000,
    };
    const watched = { ...campaignOf(long('only')), stopConditions: [{ name: 'errors', probe }] };

    it('that trips aborts the run, undone', async () => {
      const calls: string[] = [];
      const activities = real(calls, {
        watchStopConditions: async () => {
          await called(calls, 'observe', 2);
          return { condition: 'errors', at: Date.now(), seen: '12, where <= 5 must hold' };
        },
      });
      await harness.withCampaign(watched, activities, async (handle) => {
        const { cause, report } = await failure(handle);
        assert.equal(cause.type, 'Aborted');
        assert.match(report.reason, /stop condition errors: 12, where <= 5 must hold/);
        assert.ok(report.experiments[0]?.confirmedAt);
      });
    });

    it('that cannot be watched aborts it, too', async () => {
      const activities = real([], { watchStopConditions: () => Promise.reject(ApplicationFailure.nonRetryable('no such query')) });
      await harness.withCampaign(watched, activities, async (handle) => {
        const { report } = await failure(handle);
        assert.equal(report.verdict, 'Aborted');
        assert.match(report.reason, /cannot be watched: no such query/);
      });
    });
  });

  describe('an undo that fails', () => {
    const notGone: ReadBack = { ok: false, at: 0, perTarget: [{ target: 'cart-0', ok: false, detail: 'still delayed' }] };

    async function failing(handle: WorkflowHandle): Promise<void> {
      const status = await until(handle, 'failing to undo', ({ experiments }) => experiments[0]?.undoFailing != null);
      assert.equal(status.phase, 'Undoing');
      assert.match(status.experiments[0]?.undoFailing ?? '', /cart-0: still delayed/);
      assert.deepEqual((await handle.describe()).searchAttributes.SquallPhase, ['Undoing']);
    }

    it('is taken on by a person: Error, with who and why', async () => {
      const calls: string[] = [];
      const activities = real(calls, { confirmFault: async () => notGone });
      await harness.withCampaign(campaignOf(experimentSpec('only', { durationMs: 1_000 })), activities, async (handle) => {
        await failing(handle);
        await ask(handle, 'settle-undo', { ...alice, experiment: 'only', by: 'acknowledge' });
        const { cause, report } = await failure(handle);
        assert.equal(cause.type, 'ChaosError');
        assert.match(report.reason, /not confirmed gone: cart-0: still delayed; alice has taken that on: the pager went off/);
        assert.ok(!calls.includes('releaseHold'), 'what is not proven undone is not given back');
      });
    });

    it('is forced by a person, also while an attempt hangs', async () => {
      const calls: string[] = [];
      const activities = real(calls, {
        revertFault: async () => {
          if (count(calls, 'revertFault') === 1) throw ApplicationFailure.nonRetryable('cart-0: still delayed');
          const beat = setInterval(() => heartbeat(), 100);
          await cancelled().finally(() => clearInterval(beat));
          throw new Error('never comes here');
        },
      });
      await harness.withCampaign(campaignOf(experimentSpec('only', { durationMs: 1_000 })), activities, async (handle) => {
        await failing(handle);
        await called(calls, 'revertFault', 2);
        await ask(handle, 'settle-undo', { ...alice, experiment: 'only', by: 'force' });
        const report = await handle.result();
        assert.equal(report.verdict, 'Passed', report.reason);
        assert.equal(count(calls, 'forceUndo'), 1);
      });
    });
  });
});
