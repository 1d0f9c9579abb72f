import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { failureTypes } from '../../src/contracts/names.ts';
import type { JanitorReport } from '../../src/contracts/sweep.ts';
import { Workers } from '../../src/worker/workers.ts';
import { janitor } from '../../src/workflows/index.ts';
import { simulatedActivities } from '../support/simulated-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const none = { active: 0, overdue: 0, orphan: 0, idle: 0, ended: 0, unknown: 0 };

function reportOf(cluster: string): JanitorReport {
  return { cluster, startedAt: 1, endedAt: 2, runsNotAsked: null, found: none, undone: [], left: [], omitted: 0 };
}

describe('the janitor workflow', function () {
  this.timeout(60_000);
  let temporal: TestWorkflowEnvironment;
  let bundle: Awaited<ReturnType<typeof bundleWorkflows>>;

  before(async () => {
    [temporal, bundle] = await Promise.all([createTemporal(), bundleWorkflows()]);
  });
  after(() => temporal?.teardown());

  async function sweep(clusters: string[], sweepCluster: (cluster: string) => Promise<JanitorReport>): Promise<JanitorReport[]> {
    const taskQueue = `test-${randomUUID()}`;
    const activities = simulatedActivities([], { sweepCluster });
    const worker = await Workers.create({ connection: temporal.nativeConnection, taskQueue, workflowBundle: bundle, activities });
    return worker.runUntil(
      temporal.client.workflow.execute(janitor, { taskQueue, workflowId: `janitor-${taskQueue}`, args: [{ clusters }] }),
    );
  }

  it('reports of every cluster', async () => {
    const reports = await sweep(['east', 'west'], async (cluster) => reportOf(cluster));
    assert.deepEqual(reports, [reportOf('east'), reportOf('west')]);
  });

  it('fails by name when a cluster cannot be reached, after the others were swept', async () => {
    const swept: string[] = [];
    const sweeping = sweep(['away', 'east'], async (cluster) => {
      if (cluster === 'away')
        throw ApplicationFailure.create({ type: 'ClusterError', message: 'connect ECONNREFUSED', nonRetryable: true });
      swept.push(cluster);
      return reportOf(cluster);
    });
    await assert.rejects(sweeping, (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, failureTypes.notSwept);
      assert.match(error.cause.message, /1 of 2 clusters could not be swept: away: .*ECONNREFUSED/);
      assert.deepEqual(error.cause.details, [[reportOf('east')]]);
      return true;
    });
    assert.deepEqual(swept, ['east']);
  });
});
