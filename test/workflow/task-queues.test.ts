import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.ts';
import { arbiterWorkflowId } from '../../src/contracts/arbiter.ts';
import type { Campaign, ExperimentSpec, ProbeSpec } from '../../src/contracts/campaign.ts';
import { readArbiter } from '../../src/temporal/arbiter-client.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { arbiter, campaign, janitor, rollouts } from '../../src/workflows/index.ts';
import { eventually } from '../support/eventually.ts';
import { ServedClusters } from '../support/served-clusters.ts';
import { campaignOf, experimentSpec, simulatedActivities } from '../support/simulated-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

/** The state of a pending activity that a worker has, as Temporal numbers it; a cancellation that it was not told yet is the next. */
const started = [2, 3];

// Temporal and the workflows are real; activities are simulated.
describe('task queues', function () {
  this.timeout(120_000);
  let temporal: TestWorkflowEnvironment;
  let workflowBundle: WorkflowBundleWithSourceMap;

  before(async () => {
    [temporal, workflowBundle] = await Promise.all([createTemporal(), bundleWorkflows()]);
    await registerSearchAttributes(temporal.nativeConnection, 'default');
  });
  after(async () => {
    await temporal?.teardown();
  });

  it('a worker that can observe nothing more undoes at once', async () => {
    const plain = simulatedActivities([]);
    const undone: string[] = [];
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const activities: Activities = {
      ...plain,
      // It heeds no cancellation: its slot stays taken.
      observe: async (input) => {
        if (input.fault !== null) await over;
        return plain.observe(input);
      },
      revertFault: (fault) => {
        undone.push(fault.runId);
        return plain.revertFault(fault);
      },
    };
    const taskQueue = `test-${randomUUID().slice(0, 8)}`;
    const workers = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle,
      activities,
      limits: { activities: 1, observations: 2 },
    });
    await workers.runUntil(async () => {
      const runs = await Promise.all(
        ['first', 'second'].map((name) =>
          temporal.client.workflow.start(campaign, {
            workflowId: `${name}-${taskQueue}`,
            taskQueue,
            args: [{ campaign: campaignOf(experimentSpec('slow', { durationMs: 240_000 })), document: '', seed: 'a-seed' }],
          }),
        ),
      );
      for (const run of runs) await eventually('it holds', () => observes(run), Boolean);
      await runs[0]?.cancel();
      await eventually('what is undone', async () => undone.join(), Boolean);
      assert.deepEqual(undone, [`first-${taskQueue}`]);
      assert.ok((await Promise.all(runs.map(observes))).every(Boolean), 'both observations still have their slots');
      end();
      await Promise.allSettled(runs.map((run) => run.result()));
    });
  });

  describe('a cluster with workers of its own', () => {
    const ofCluster = ['injectFault', 'observe', 'readyRun', 'revertFault', 'validateRecovery'];
    const ofRun = ['finishRun', 'makePlan', 'requestHold'];
    let clusters: ServedClusters;
    let lost: WorkflowHandle<typeof campaign>;

    before(async () => {
      const taskQueue = `test-${randomUUID().slice(0, 8)}`;
      clusters = new ServedClusters(taskQueue, ['north', 'west'], temporal.nativeConnection, workflowBundle);
      await Promise.all([clusters.start('central'), clusters.start('west', 'west')]);
      // It takes a while until nobody has taken it up.
      lost = await start('lost', campaignIn('north', experimentSpec('short')));
    });
    after(async () => {
      await clusters?.stopAll();
    });

    it('is acted in by these alone, and its runs by the others', async () => {
      clusters.calls.length = 0;
      const run = await start('in-west', campaignIn('west', experimentSpec('short')));
      assert.equal((await run.result()).verdict, 'Passed');
      assert.deepEqual(clusters.doneBy('west'), [...ofCluster, 'makePlan'].sort());
      assert.deepEqual(
        clusters.doneBy('central').filter((call) => call !== 'surveyRuns'),
        ofRun,
      );
    });

    it('is one of several that a campaign acts in, and looks into', async () => {
      clusters.calls.length = 0;
      const west = { cluster: 'west', namespace: 'shop', selector: 'app=cart' };
      const definition = campaignIn('default', experimentSpec('here'), experimentSpec('there', { target: west }));
      const looking = { ...definition, hypothesis: [lookingInto('default'), lookingInto('west')] };
      const run = await start('in-both', looking);
      const report = await run.result();
      assert.equal(report.verdict, 'Passed');
      const both = [...ofCluster.filter((call) => call !== 'readyRun'), 'preflightFaults', 'preflightPlan', 'prepareFault', 'readTargets'];
      assert.deepEqual(clusters.doneBy('west'), both.sort());
      assert.deepEqual(
        clusters.doneBy('central').filter((call) => call !== 'surveyRuns'),
        [...both, ...ofRun, 'draftPlan'].sort(),
      );
      for (const { name, probes } of report.experiments) {
        const looked = probes.map((probe) => [probe.name, probe.samples.length > 0]);
        assert.deepEqual(
          looked,
          [
            ['looks into default', true],
            ['looks into west', true],
          ],
          name,
        );
      }
    });

    it('is swept, watched for rollouts, and asked what a lost run has left, by these', async () => {
      const { taskQueue } = clusters;
      const { workflow } = temporal.client;
      clusters.calls.length = 0;
      const served = { ownWorkers: ['west'] };
      const options = { taskQueue, workflowId: `janitor-${taskQueue}` };
      const swept = await workflow.execute(janitor, { ...options, args: [{ clusters: ['default', 'west'], ...served }] });
      assert.deepEqual(
        swept.map(({ cluster }) => cluster),
        ['default', 'west'],
      );
      await workflow.execute(rollouts, { taskQueue, workflowId: `rollouts-${taskQueue}`, args: [served] });

      const scope = { namespace: 'shop', workload: null, pods: ['shop/cart-0'], podNodes: [], nodes: [], objects: [], budgets: [] };
      const hold = { runId: 'lost', campaign: 'lost', scope: { ...scope, peak: { pods: 1, of: 1, zones: {} } }, since: Date.now() };
      const state = { holds: [hold], queue: [], halt: null, freed: [] };
      const handle = await workflow.start(arbiter, {
        taskQueue,
        workflowId: arbiterWorkflowId('west'),
        args: [{ cluster: 'west', state }],
      });
      const memo = await eventually(
        'what is freed',
        () => readArbiter(temporal.client, 'west'),
        (found) => found?.freed.length === 1,
      );
      assert.deepEqual([memo?.holds, memo?.freed[0]?.because], [[], 'it has ended']);
      await handle.terminate();

      assert.deepEqual(clusters.doneBy('west'), ['remainsOfRun', 'sweepCluster', 'watchRollouts']);
      assert.deepEqual(clusters.doneBy('central'), ['surveyRuns', 'sweepCluster', 'watchRollouts']);
    });

    it('may have them replaced while a fault holds', async () => {
      const run = await start('replaced', campaignIn('west', experimentSpec('held', { durationMs: 240_000 })));
      await eventually('it holds', async () => clusters.holding, Boolean);
      clusters.calls.length = 0;
      await clusters.stop('west');
      await clusters.start('west-2', 'west');
      await eventually(
        'it is observed by the other',
        async () => clusters.holding,
        (holding) => holding === 2,
      );
      clusters.endHolds();
      assert.equal((await run.result()).verdict, 'Passed');
      assert.deepEqual(clusters.doneBy('west'), []);
      assert.deepEqual(clusters.doneBy('west-2'), ['observe', 'revertFault', 'validateRecovery']);
    });

    it('where none of them runs touches nothing, and says so', async () => {
      await assert.rejects(lost.result(), (error) => {
        assert.ok(error instanceof WorkflowFailedError);
        assert.match(error.cause?.message ?? '', /^no worker of cluster north answers: .* SQUALL_WORKER_CLUSTER=north$/);
        return true;
      });
    });

    function start(name: string, definition: Campaign): Promise<WorkflowHandle<typeof campaign>> {
      const { taskQueue } = clusters;
      const workflowId = `${name}-${taskQueue}`;
      return temporal.client.workflow.start(campaign, {
        workflowId,
        taskQueue,
        args: [{ campaign: definition, document: '', seed: 'a-seed' }],
      });
    }
  });

  /** Whether a worker observes the run's experiment. */
  async function observes({ workflowId }: WorkflowHandle): Promise<boolean> {
    try {
      const { raw } = await temporal.client.workflow.getHandle(`${workflowId}.1-slow`).describe();
      return (raw.pendingActivities ?? []).some((one) => one.activityType?.name === 'observe' && started.includes(Number(one.state)));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
});

function campaignIn(cluster: string, ...experiments: ExperimentSpec[]): Campaign {
  return { ...campaignOf(...experiments), target: { cluster, namespace: 'shop', selector: 'app=cart' } };
}

/** A probe that looks into a cluster, whatever it is written under. */
function lookingInto(cluster: string): ProbeSpec {
  return {
    name: `looks into ${cluster}`,
    type: 'http',
    place: { cluster, namespace: 'shop', selector: 'app=cart' },
    parameters: {},
    when: 'continuous',
    tolerance: { comparator: '<=', value: 1_000, successPercent: 100 },
    weight: 10,
    intervalMs: 1_000,
    timeoutMs: 1_000,
  };
}
