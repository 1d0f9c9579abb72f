import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { ApiClient } from './api-client.ts';
import { ApiServer } from './api-server.ts';
import { createTemporal } from './temporal.ts';
import { bundleWorkflows } from './workflow-harness.ts';

/** A Temporal of a test's own, the real API and the real workflows, all in this process; activities are the test's. */
export class SimulatedService implements AsyncDisposable {
  readonly temporal: TestWorkflowEnvironment;
  readonly server: ApiServer;
  readonly api: ApiClient;
  readonly #bundle: WorkflowBundleWithSourceMap;
  readonly #activities: Activities;
  #worker: { stop(): Promise<void> } | undefined;

  private constructor(temporal: TestWorkflowEnvironment, server: ApiServer, bundle: WorkflowBundleWithSourceMap, activities: Activities) {
    this.temporal = temporal;
    this.server = server;
    this.api = new ApiClient(server.url);
    this.#bundle = bundle;
    this.#activities = activities;
  }

  /** `settings`: of Temporal's dynamic configuration. `options`: of the API. */
  static async start(
    activities: Activities,
    { settings, ...options }: { settings?: Record<string, number> } & Parameters<typeof ApiServer.start>[1] = {},
  ): Promise<SimulatedService> {
    const bundle = await bundleWorkflows();
    const temporal = await createTemporal({ ...(settings !== undefined && { settings }) });
    try {
      await registerSearchAttributes(temporal.nativeConnection, 'default');
      const service = new SimulatedService(temporal, await ApiServer.start(temporal.address, options), bundle, activities);
      await service.startWorker();
      return service;
    } catch (error) {
      await temporal.teardown();
      throw error;
    }
  }

  /** Does nothing while there is a worker. */
  async startWorker(): Promise<void> {
    if (this.#worker !== undefined) return;
    const worker = await Workers.create({
      connection: this.temporal.nativeConnection,
      taskQueue,
      workflowBundle: this.#bundle,
      activities: this.#activities,
      maxHeartbeatThrottleInterval: '100ms',
    });
    const running = worker.run();
    this.#worker = {
      stop: async () => {
        worker.shutdown();
        await running;
      },
    };
  }

  /** Does nothing while there is none. */
  async stopWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopWorker();
    await this.server[Symbol.asyncDispose]();
    await this.temporal.teardown();
  }
}
