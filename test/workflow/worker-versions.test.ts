import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { versionOptions } from '../../src/worker/worker-limits.ts';
import { Workers } from '../../src/worker/workers.ts';
import { campaign } from '../../src/workflows/index.ts';
import { eventually } from '../support/eventually.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { campaignOf, experimentSpec } from '../support/simulated-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const deploymentName = 'squall';

// Temporal, its worker deployments and the workflows are real; activities are simulated.
describe('versions of workers', function () {
  this.timeout(180_000);
  const taskQueue = `test-${randomUUID().slice(0, 8)}`;
  const held = new HeldActivities();
  /** which build did what of which run: `a injectFault first` */
  const calls: string[] = [];
  const running = new Map<string, { workers: Workers; ended: Promise<void> }>();
  let temporal: TestWorkflowEnvironment;
  let workflowBundle: WorkflowBundleWithSourceMap;

  before(async () => {
    [temporal, workflowBundle] = await Promise.all([createTemporal(), bundleWorkflows()]);
    await registerSearchAttributes(temporal.nativeConnection, 'default');
  });
  after(async () => {
    await Promise.all([...running.keys()].map(stop));
    await temporal?.teardown();
  });

  async function start(buildId: string): Promise<void> {
    const workers = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle,
      activities: recorded(buildId),
      maxHeartbeatThrottleInterval: '200ms',
      ...versionOptions({ deploymentName, buildId }),
    });
    running.set(buildId, { workers, ended: workers.run() });
  }

  async function stop(buildId: string): Promise<void> {
    const build = running.get(buildId);
    running.delete(buildId);
    build?.workers.shutdown();
    await build?.ended;
  }

  /** What `temporal worker deployment set-current-version` does, once its workers are known. */
  async function makeCurrent(buildId: string): Promise<void> {
    await eventually(
      `build ${buildId} is current`,
      async () => {
        try {
          await temporal.client.workflowService.setWorkerDeploymentCurrentVersion({ namespace: 'default', deploymentName, buildId });
          return '';
        } catch (error) {
          return String(error);
        }
      },
      (problem) => problem === '',
    );
  }

  function begin(name: string): Promise<WorkflowHandle<typeof campaign>> {
    return temporal.client.workflow.start(campaign, {
      workflowId: `${name}-${taskQueue}`,
      taskQueue,
      args: [
        {
          campaign: { ...campaignOf(experimentSpec('slow', { durationMs: 240_000 })), name: `held-${name}` },
          document: '',
          seed: 'a-seed',
        },
      ],
    });
  }

  function recorded(buildId: string): Activities {
    const { injectFault, revertFault, finishRun } = held.activities;
    return {
      ...held.activities,
      injectFault: (fault, also) => {
        calls.push(`${buildId} injectFault ${fault.runId}`);
        return injectFault(fault, also);
      },
      revertFault: (fault, also) => {
        calls.push(`${buildId} revertFault ${fault.runId}`);
        return revertFault(fault, also);
      },
      finishRun: (input) => {
        calls.push(`${buildId} finishRun ${input.runId}`);
        return finishRun(input);
      },
    };
  }

  function callsOf({ workflowId }: WorkflowHandle): string[] {
    return calls.filter((call) => call.endsWith(` ${workflowId}`)).map((call) => call.slice(0, -workflowId.length - 1));
  }

  it('a run ends with the one it began with, while another takes new runs', async () => {
    await start('a');
    await makeCurrent('a');
    const first = await begin('first');
    await eventually(
      'the first holds',
      async () => callsOf(first).join(),
      (found) => found === 'a injectFault',
    );

    await start('b');
    await makeCurrent('b');
    const second = await begin('second');
    await eventually(
      'the second holds',
      async () => callsOf(second).join(),
      (found) => found === 'b injectFault',
    );

    held.release('held-first');
    held.release('held-second');
    assert.equal((await first.result()).verdict, 'Passed');
    assert.equal((await second.result()).verdict, 'Passed');
    assert.deepEqual(callsOf(first), ['a injectFault', 'a revertFault', 'a finishRun']);
    assert.deepEqual(callsOf(second), ['b injectFault', 'b revertFault', 'b finishRun']);
  });
});
