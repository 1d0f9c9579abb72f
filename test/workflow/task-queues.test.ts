import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { campaign } from '../../src/workflows/index.ts';
import { eventually } from '../support/eventually.ts';
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
