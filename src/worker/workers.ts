import { Worker, type WorkerOptions } from '@temporalio/worker';
import { clusterQueue, observationQueue } from '../contracts/names.ts';
import type { WorkerLimits } from './worker-limits.ts';
import { shortenWorkflowStacks } from './workflow-stacks.ts';

/**
 * Workflows run on one thread, milliseconds at a time. With more tasks at once than keep it busy, Temporal would answer a burst of them
 * before it answers people who look at their runs.
 */
const workflowTasks = 4;

export interface WorkersOptions extends WorkerOptions {
  /** those of Temporal's SDK where it is absent */
  limits?: Partial<WorkerLimits>;
  /** only what is done in this cluster, which has workers of its own, and no workflows; absent: all else */
  cluster?: string;
}

/**
 * Two workers that go together. What takes as long as a fault holds has a task queue and slots of its own, so that whatever is
 * observed, verbs that undo wait for none of it.
 */
export class Workers {
  readonly #verbs: Worker;
  readonly #observations: Worker;

  private constructor(verbs: Worker, observations: Worker) {
    this.#verbs = verbs;
    this.#observations = observations;
  }

  static async create({ limits = {}, cluster, taskQueue, ...options }: WorkersOptions): Promise<Workers> {
    const queue = (name: string) => (cluster === undefined ? name : clusterQueue(name, cluster));
    const { workflowBundle, workflowsPath, sinks, ...forActivities } = options;
    const { activities, observations, cachedWorkflows } = limits;
    shortenWorkflowStacks();
    const [verbs, observing] = await Promise.all([
      Worker.create({
        ...(cluster === undefined ? options : forActivities),
        taskQueue: queue(taskQueue),
        maxConcurrentWorkflowTaskExecutions: workflowTasks,
        maxConcurrentWorkflowTaskPolls: workflowTasks,
        ...(activities !== undefined && { maxConcurrentActivityTaskExecutions: activities }),
        ...(cachedWorkflows !== undefined && { maxCachedWorkflows: cachedWorkflows }),
      }),
      Worker.create({
        ...forActivities,
        taskQueue: queue(observationQueue(taskQueue)),
        ...(observations !== undefined && { maxConcurrentActivityTaskExecutions: observations }),
      }),
    ]);
    return new Workers(verbs, observing);
  }

  get isRunning(): boolean {
    return this.#verbs.getState() === 'RUNNING' && this.#observations.getState() === 'RUNNING';
  }

  /** Until they are shut down. One that fails takes the other with it. */
  async run(): Promise<void> {
    const running = [this.#verbs.run(), this.#observations.run()];
    for (const one of running) one.catch(() => this.shutdown());
    await Promise.all(running);
  }

  /** While the body goes on. */
  runUntil<T>(body: Promise<T> | (() => Promise<T>)): Promise<T> {
    return this.#observations.runUntil(() => this.#verbs.runUntil(body));
  }

  shutdown(): void {
    for (const worker of [this.#verbs, this.#observations]) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}
