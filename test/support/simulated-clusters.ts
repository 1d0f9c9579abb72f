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
import { arbiterWorkflowId } from '../../src/contracts/arbiter.ts';
import type { Campaign, ExperimentSpec, Policy } from '../../src/contracts/campaign.ts';
import { searchAttributes } from '../../src/contracts/names.ts';
import { defaultClusterPolicy } from '../../src/policy/cluster-policy.ts';
import { type ArbiterPlace, readArbiter } from '../../src/temporal/arbiter-client.ts';
import { clusterAttributes } from '../../src/temporal/cluster-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import type { campaign } from '../../src/workflows/index.ts';
import { eventually } from './eventually.ts';
import { HeldActivities } from './held-activities.ts';
import { campaignOf, experimentSpec, givingBack } from './simulated-activities.ts';

/** Two clusters of a test's own: their arbiters and runs are real, their faults simulated. */
export class SimulatedClusters {
  readonly #id = randomUUID().slice(0, 8);
  readonly east = `e-${this.#id}`;
  readonly west = `w-${this.#id}`;
  readonly client: Client;
  readonly #taskQueue = `test-${this.#id}`;
  readonly #held = new HeldActivities();

  private constructor(client: Client) {
    this.client = client;
  }

  /** With a worker until `body` ends. */
  static async with(
    environment: TestWorkflowEnvironment,
    workflowBundle: WorkflowBundleWithSourceMap,
    body: (clusters: SimulatedClusters) => Promise<void>,
  ): Promise<void> {
    const clusters = new SimulatedClusters(environment.client);
    const worker = await Workers.create({
      connection: environment.nativeConnection,
      taskQueue: clusters.#taskQueue,
      workflowBundle,
      activities: clusters.#activities(),
      maxHeartbeatThrottleInterval: '200ms',
    });
    await worker.runUntil(() => body(clusters));
  }

  place(cluster: string): ArbiterPlace {
    return { client: this.client, cluster, taskQueue: this.#taskQueue };
  }

  arbiter(cluster: string): WorkflowHandle {
    return this.client.workflow.getHandle(arbiterWorkflowId(cluster));
  }

  /** A run that is about its first cluster, with an experiment in each: side by side, until `finish`. */
  async start(
    name: string,
    [own, ...others]: [string, ...string[]],
    policy: Partial<Policy> = {},
  ): Promise<WorkflowHandle<typeof campaign>> {
    const target = { namespace: 'shop', selector: 'app=cart' };
    const experiments = [own, ...others].map(
      (cluster): ExperimentSpec =>
        experimentSpec(`in-${cluster}`, { durationMs: 240_000, ...(cluster === own ? {} : { target: { cluster, ...target } }) }),
    );
    const [first] = experiments;
    const definition: Campaign = {
      ...campaignOf(),
      name: `held-${name}`,
      target: { cluster: own, ...target },
      policy: { optIn: 'none', protectedPods: [], ...policy },
      steps:
        experiments.length === 1 && first !== undefined ? [{ kind: 'experiment', experiment: first }] : [{ kind: 'parallel', experiments }],
    };
    return this.client.workflow.start<typeof campaign>('campaign', {
      workflowId: `${this.#id}-${name}`,
      taskQueue: this.#taskQueue,
      args: [{ campaign: definition, document: '', seed: 'a-seed' }],
      typedSearchAttributes: [{ key: searchAttributes.campaign, value: definition.name }, ...clusterAttributes(definition)],
    });
  }

  finish(name: string): void {
    this.#held.release(`held-${name}`);
  }

  /** The short names of the runs that hold in a cluster. */
  async holders(cluster: string): Promise<string[]> {
    return ((await readArbiter(this.client, cluster))?.holds ?? []).map(({ runId }) => runId.slice(this.#id.length + 1)).sort();
  }

  async waiters(cluster: string): Promise<string[]> {
    return ((await readArbiter(this.client, cluster))?.queue ?? []).map(({ runId }) => runId.slice(this.#id.length + 1)).sort();
  }

  awaitHolders(cluster: string, ...expected: string[]): Promise<string[]> {
    return eventually(
      `holders in ${cluster}`,
      () => this.holders(cluster),
      (found) => found.join() === expected.join(),
    );
  }

  awaitWaiters(cluster: string, ...expected: string[]): Promise<string[]> {
    return eventually(
      `waiters in ${cluster}`,
      () => this.waiters(cluster),
      (found) => found.join() === expected.join(),
    );
  }

  #activities(): Activities {
    const deps = { policy: () => defaultClusterPolicy() } as unknown as Dependencies;
    const { requestHold, releaseHold, haltRuns } = createActivities(deps);
    return {
      ...this.#held.activities,
      // What is done right after a grant is simulated.
      requestHold: ({ ready: _, ...asked }) => requestHold(asked),
      releaseHold,
      finishRun: givingBack(releaseHold, this.#held.activities.finishRun),
      haltRuns,
      surveyRuns: (input) =>
        supervise(({ signal }) => surveyRuns(input, { policy: deps.policy, remains: async () => [] }, getClient(), signal)),
    };
  }
}
