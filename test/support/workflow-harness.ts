import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.ts';
import type { Campaign } from '../../src/contracts/campaign.ts';
import type { Report } from '../../src/contracts/report.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { workflowSources } from '../../src/worker/workflow-sources.ts';
import { campaign } from '../../src/workflows/index.ts';
import { createTemporal } from './temporal.ts';

/** A real Temporal server and the real workflows, for activities of a test's choosing. */
export class WorkflowHarness implements AsyncDisposable {
  readonly environment: TestWorkflowEnvironment;
  readonly #bundle: WorkflowBundleWithSourceMap;

  private constructor(environment: TestWorkflowEnvironment, bundle: WorkflowBundleWithSourceMap) {
    this.environment = environment;
    this.#bundle = bundle;
  }

  /** `settings`: of the server's dynamic configuration. `interceptors`: files of workflow interceptors. */
  static async create({
    settings = {},
    interceptors = [],
  }: {
    settings?: Record<string, number>;
    interceptors?: string[];
  } = {}): Promise<WorkflowHarness> {
    const environment = await createTemporal({ settings });
    await registerSearchAttributes(environment.nativeConnection, 'default');
    return new WorkflowHarness(environment, await bundleWorkflows(interceptors));
  }

  /** Starts a campaign with a worker of its own, and gives its handle to `body`; the worker ends with it. */
  async withCampaign<T>(
    definition: Campaign,
    activities: Activities,
    body: (handle: WorkflowHandleWithFirstExecutionRunId<typeof campaign>) => Promise<T>,
  ): Promise<T> {
    const taskQueue = `test-${randomUUID()}`;
    const worker = await Workers.create({
      connection: this.environment.nativeConnection,
      taskQueue,
      workflowBundle: this.#bundle,
      activities,
      maxHeartbeatThrottleInterval: '200ms',
    });
    return worker.runUntil(async () => {
      const handle = await this.environment.client.workflow.start(campaign, {
        workflowId: `cart-${randomUUID().slice(0, 8)}`,
        taskQueue,
        args: [{ campaign: definition, document: '', seed: 'a-seed' }],
      });
      return body(handle);
    });
  }

  /** The report in a run's history: the result of its finishRun activity, on whatever path the run ended. */
  async report(workflowId: string): Promise<Report> {
    const handle = this.environment.client.workflow.getHandle(workflowId);
    const { events } = await handle.fetchHistory();
    for (const event of (events ?? []).toReversed()) {
      const payload = event.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
      if (payload?.data) return JSON.parse(Buffer.from(payload.data).toString('utf8'));
    }
    throw new Error(`run ${workflowId} has no report in its history`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.teardown();
  }
}

export function bundleWorkflows(
  workflowInterceptorModules: string[] = [],
  failureConverterPath?: string,
): Promise<WorkflowBundleWithSourceMap> {
  const { workflowsPath, workflowInterceptorModules: own } = workflowSources(fileURLToPath(new URL('../../src/', import.meta.url)), '.ts');
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [...own, ...workflowInterceptorModules],
    ...(failureConverterPath !== undefined && { failureConverterPath }),
  });
}
