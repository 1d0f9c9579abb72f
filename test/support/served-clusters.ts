import { setTimeout as delay } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import type { NativeConnection, WorkflowBundle } from '@temporalio/worker';
import { servedElsewhere } from '../../src/activities/served-elsewhere.ts';
import { supervise } from '../../src/activities/supervise.ts';
import type { Activities } from '../../src/contracts/activities.ts';
import { Workers } from '../../src/worker/workers.ts';
import { observationOf, planOf, simulatedActivities } from './simulated-activities.ts';

/** Workers for all clusters but those that have their own: real ones, with simulated activities, of which each call is written down. */
export class ServedClusters {
  readonly taskQueue: string;
  /** what was done by whom: `west injectFault` */
  readonly calls: string[] = [];
  readonly #ownWorkers: string[];
  readonly #connection: NativeConnection;
  readonly #workflowBundle: WorkflowBundle;
  readonly #running = new Map<string, { workers: Workers; ended: Promise<void> }>();
  readonly #over = Promise.withResolvers<void>();
  #holding = 0;

  constructor(taskQueue: string, ownWorkers: string[], connection: NativeConnection, workflowBundle: WorkflowBundle) {
    this.taskQueue = taskQueue;
    this.#ownWorkers = ownWorkers;
    this.#connection = connection;
    this.#workflowBundle = workflowBundle;
  }

  /** @param cluster the one that it is of; absent: all others */
  async start(name: string, cluster?: string): Promise<void> {
    const workers = await Workers.create({
      connection: this.#connection,
      taskQueue: this.taskQueue,
      activities: this.#activities(name, cluster),
      shutdownGraceTime: '1s',
      maxHeartbeatThrottleInterval: '200ms',
      ...(cluster === undefined ? { workflowBundle: this.#workflowBundle } : { cluster }),
    });
    this.#running.set(name, { workers, ended: workers.run() });
  }

  /** As on SIGTERM. */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    running?.workers.shutdown();
    await running?.ended;
  }

  async stopAll(): Promise<void> {
    this.endHolds();
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
  }

  /** Faults of experiments named `held` hold until then. */
  endHolds(): void {
    this.#over.resolve();
  }

  get holding(): number {
    return this.#holding;
  }

  /** What was done by one of them, each once. */
  doneBy(name: string): string[] {
    const own = this.calls.filter((call) => call.startsWith(`${name} `)).map((call) => call.slice(name.length + 1));
    return [...new Set(own)].sort();
  }

  #activities(name: string, cluster: string | undefined): Activities {
    const all = simulatedActivities([], {
      makePlan: async ({ campaign, seed, ownWorkers, found }) => {
        if (found?.draft) return { ...found.draft, ...(ownWorkers && { ownWorkers }) };
        if (ownWorkers !== undefined) return { ...planOf(campaign, seed), ownWorkers };
        return servedElsewhere(campaign, { ownWorkers: cluster === undefined ? this.#ownWorkers : [] }) ?? planOf(campaign, seed);
      },
      draftPlan: async ({ campaign, seed }) => {
        const plan = planOf(campaign, seed);
        return { ...plan, experiments: plan.experiments.map((planned) => ({ ...planned, hypothesis: campaign.hypothesis })) };
      },
      sweepCluster: async (of) => ({
        cluster: of,
        startedAt: 0,
        endedAt: 0,
        runsNotAsked: null,
        found: { active: 0, overdue: 0, orphan: 0, idle: 0, ended: 0, unknown: 0 },
        undone: [],
        left: [],
        omitted: 0,
      }),
      // The watch over all others ends when the one in west has begun.
      watchRollouts: (of) =>
        supervise(async ({ signal }) => {
          while (of !== undefined || !this.calls.includes('west watchRollouts')) await delay(20, undefined, { signal });
        }),
      // Every run that it is asked for is over.
      surveyRuns: async ({ known }) => ({
        ...{ holds: [], waiting: [], idle: [], over: [], unproven: [], halt: null },
        elsewhere: known.map(({ runId, namespace }) => ({ runId, namespace, over: { runId, at: Date.now(), because: 'it has ended' } })),
      }),
      observe: (input) =>
        supervise(async ({ signal }) => {
          if (input.fault?.experiment === 'held') await this.#hold(signal);
          else if (input.recovery?.elsewhere) heartbeat();
          return observationOf(input, 10);
        }),
    });
    const recorded = Object.entries(all).map(([activity, act]: [string, (...args: never[]) => Promise<unknown>]) => [
      activity,
      (...args: never[]) => {
        this.calls.push(`${name} ${activity}`);
        return act(...args);
      },
    ]);
    return Object.fromEntries(recorded);
  }

  /** A worker that goes leaves it to the next. */
  async #hold(signal: AbortSignal): Promise<void> {
    const gone = Promise.withResolvers<never>();
    const leave = () => gone.reject(signal.reason);
    signal.addEventListener('abort', leave);
    this.#holding++;
    try {
      await Promise.race([this.#over.promise, gone.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}
