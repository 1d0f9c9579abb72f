import { randomUUID } from 'node:crypto';
import { getClient } from '@temporalio/activity';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { supervise } from '../../src/activities/supervise.ts';
import { surveyRuns } from '../../src/activities/survey-runs.ts';
import type { Activities } from '../../src/contracts/activities.ts';
import { type ArbiterInput, type ArbiterMemo, arbiterWorkflowId } from '../../src/contracts/arbiter.ts';
import type { Campaign, Policy } from '../../src/contracts/campaign.ts';
import { searchAttributes } from '../../src/contracts/names.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import { type ClusterPolicy, defaultClusterPolicy } from '../../src/policy/cluster-policy.ts';
import { type ArbiterPlace, readArbiter } from '../../src/temporal/arbiter-client.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import type { arbiter, campaign } from '../../src/workflows/index.ts';
import { eventually } from './eventually.ts';
import { HeldActivities } from './held-activities.ts';
import { campaignOf, experimentSpec, givingBack, planOf } from './simulated-activities.ts';
import { createTemporal } from './temporal.ts';
import { bundleWorkflows } from './workflow-harness.ts';

/** A Temporal server of a suite's own, and the workflows' code. */
export class ArbiterHarness implements AsyncDisposable {
  readonly environment: TestWorkflowEnvironment;
  readonly #bundle: WorkflowBundleWithSourceMap;

  private constructor(environment: TestWorkflowEnvironment, bundle: WorkflowBundleWithSourceMap) {
    this.environment = environment;
    this.#bundle = bundle;
  }

  static async create(): Promise<ArbiterHarness> {
    const environment = await createTemporal();
    await registerSearchAttributes(environment.nativeConnection, 'default');
    return new ArbiterHarness(environment, await bundleWorkflows());
  }

  /** A cluster of the test's own, whose runs are real but whose faults are simulated, with a worker until `body` ends. */
  async withCluster(body: (cluster: SimulatedCluster) => Promise<void>): Promise<void> {
    const cluster = new SimulatedCluster(this.environment.client);
    const worker = await Workers.create({
      connection: this.environment.nativeConnection,
      taskQueue: cluster.taskQueue,
      workflowBundle: this.#bundle,
      activities: cluster.activities,
      maxHeartbeatThrottleInterval: '200ms',
    });
    await worker.runUntil(() => body(cluster));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.teardown();
  }
}

export class SimulatedCluster {
  readonly name = `c-${randomUUID().slice(0, 8)}`;
  readonly taskQueue = `test-${this.name}`;
  readonly client: Client;
  readonly activities: Activities;
  policy: ClusterPolicy = defaultClusterPolicy();
  /** what the cluster would show of runs that are over, by their ids */
  readonly remains = new Map<string, string[]>();
  readonly #held = new HeldActivities();

  constructor(client: Client) {
    this.client = client;
    const deps = { policy: () => this.policy } as unknown as Dependencies;
    const { requestHold, releaseHold, haltRuns } = createActivities(deps);
    this.activities = {
      ...this.#held.activities,
      makePlan: async ({ campaign, seed }) => this.#plan(campaign, seed),
      // What is done right after a grant is simulated.
      requestHold: ({ ready: _, ...asked }) => requestHold(asked),
      releaseHold,
      finishRun: givingBack(releaseHold, this.#held.activities.finishRun),
      haltRuns,
      surveyRuns: (input) =>
        supervise(({ signal }) =>
          surveyRuns(input, { policy: deps.policy, remains: async (_, __, runId) => this.remains.get(runId) ?? [] }, getClient(), signal),
        ),
    };
  }

  get place(): ArbiterPlace {
    return { client: this.client, cluster: this.name, taskQueue: this.taskQueue };
  }

  get arbiter(): WorkflowHandle<typeof arbiter> {
    return this.client.workflow.getHandle(arbiterWorkflowId(this.name));
  }

  /** Starts the arbiter by hand, as a test wants it. */
  async startArbiter(input: Partial<ArbiterInput>): Promise<void> {
    await this.client.workflow.start<typeof arbiter>('arbiter', {
      workflowId: arbiterWorkflowId(this.name),
      taskQueue: this.taskQueue,
      args: [{ cluster: this.name, ...input }],
    });
  }

  /** A run that acts on one pod, and stays in its fault until `finish`. */
  async start(runId: string, pod: string, policy: Partial<Policy> = {}): Promise<WorkflowHandle<typeof campaign>> {
    const definition: Campaign = {
      ...campaignOf(experimentSpec('slow', { durationMs: 240_000 })),
      name: `held-${runId}`,
      target: { cluster: this.name, namespace: 'shop', selector: `app=${pod}` },
      policy: { optIn: 'none', protectedPods: [], ...policy },
    };
    return this.client.workflow.start<typeof campaign>('campaign', {
      workflowId: this.runId(runId),
      taskQueue: this.taskQueue,
      args: [{ campaign: definition, document: '', seed: 'a-seed' }],
      typedSearchAttributes: [
        { key: searchAttributes.campaign, value: definition.name },
        { key: searchAttributes.cluster, value: this.name },
      ],
    });
  }

  /** Ids of workflows are the server's, and so are those of runs. */
  runId(name: string): string {
    return `${this.name}-${name}`;
  }

  finish(runId: string): void {
    this.#held.release(`held-${runId}`);
  }

  async memo(): Promise<ArbiterMemo | null> {
    return readArbiter(this.client, this.name);
  }

  /** The short names of the runs that hold, in the order of their grants. */
  async holders(): Promise<string[]> {
    return ((await this.memo())?.holds ?? []).map(({ runId }) => runId.slice(this.name.length + 1));
  }

  async waiters(): Promise<string[]> {
    return ((await this.memo())?.queue ?? []).map(({ runId }) => runId.slice(this.name.length + 1));
  }

  awaitHolders(...expected: string[]): Promise<string[]> {
    return eventually(
      'holders',
      () => this.holders(),
      (found) => found.join() === expected.join(),
    );
  }

  awaitWaiters(...expected: string[]): Promise<string[]> {
    return eventually(
      'waiters',
      () => this.waiters(),
      (found) => found.join() === expected.join(),
    );
  }

  #plan(campaign: Campaign, seed: string): Plan {
    const plan = planOf(campaign, seed);
    const [, pod = ''] = campaign.target.selector?.split('=') ?? [];
    return {
      ...plan,
      inventory: { ...plan.inventory, cluster: this.name },
      experiments: plan.experiments.map((planned) => ({
        ...planned,
        targets: planned.targets.map((target) => (target.kind === 'pod' ? { ...target, pod } : target)),
      })),
    };
  }
}
