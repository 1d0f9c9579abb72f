import type { Client } from '@temporalio/client';
import { Connection, Client as TemporalClient } from '@temporalio/client';
import { type Config, clustersWithOwnWorkers } from '../../config.ts';
import { clusterQueue, janitorSchedule, searchAttributes, taskQueue } from '../../contracts/names.ts';
import { rootMessage } from '../../root-message.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** temporal.api.enums.v1.TaskQueueType */
const queues = { workflows: 1, activities: 2 } as const;
/** A worker polls at least that often. */
const polledWithinMs = 70_000;

/** Temporal, its namespace, and what squall keeps and runs there. */
export async function checkTemporal(config: Config): Promise<Check[]> {
  const { connection: options, namespace } = config.temporal;
  const own = clustersWithOwnWorkers(config);
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...options, connectTimeout: '5s' });
  } catch (error) {
    const mend =
      'start it (temporal server start-dev), or say where it is: TEMPORAL_ADDRESS, and TEMPORAL_TLS* or TEMPORAL_API_KEY where it wants them';
    return [failed('temporal', options.address, `it does not answer: ${rootMessage(error)}`, mend)];
  }
  try {
    const client = new TemporalClient({ connection, namespace });
    const within = <T>(ask: () => Promise<T>) => connection.withDeadline(Date.now() + 5_000, ask);
    const named = await within(() => checkNamespace(client));
    if (named.state === 'failed') return [ok('temporal', options.address, 'it answers'), named];
    return [
      ok('temporal', options.address, 'it answers'),
      named,
      await within(() => checkSearchAttributes(client)),
      ...(await Promise.all([
        within(() => checkQueue(client, 'workflows')),
        within(() => checkQueue(client, 'activities')),
        ...own.map((cluster) => within(() => checkOwnWorkers(client, cluster))),
      ])),
      await within(() => checkJanitor(client)),
    ];
  } finally {
    await connection.close();
  }
}

async function checkNamespace(client: Client): Promise<Check> {
  const { namespace } = client.options;
  try {
    const { config } = await client.workflowService.describeNamespace({ namespace });
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    const seen = `it is there, and keeps runs for ${Math.round(days * 10) / 10} days after their end`;
    return ok('temporal', `namespace ${namespace}`, seen);
  } catch (error) {
    const mend = `create it (temporal operator namespace create -n ${namespace}), or name another: TEMPORAL_NAMESPACE`;
    return failed('temporal', `namespace ${namespace}`, rootMessage(error), mend);
  }
}

async function checkSearchAttributes(client: Client): Promise<Check> {
  const { namespace } = client.options;
  const subject = 'search attributes';
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(searchAttributes).filter(({ name }) => !Object.hasOwn(customAttributes ?? {}, name));
    if (missing.length === 0) return ok('temporal', subject, `all ${Object.keys(searchAttributes).length} are registered`);
    const names = missing.map(({ name }) => name).join(', ');
    return failed('temporal', subject, `not registered: ${names}`, 'start a worker (squall worker), which registers them where it may');
  } catch (error) {
    const mend = 'where squall may not ask Temporal for them, as on Temporal Cloud, see in its Web UI that they are there';
    return warning('temporal', subject, `they could not be listed: ${rootMessage(error)}`, mend);
  }
}

async function checkQueue(client: Client, kind: keyof typeof queues): Promise<Check> {
  const subject = `workers for ${kind}`;
  const living = await pollersOf(client, taskQueue, kind);
  if (living.length > 0) return ok('temporal', subject, living.join(', '));
  return failed('temporal', subject, `none polls task queue ${taskQueue}`, 'start one: squall worker');
}

/** A cluster with workers of its own is out of everybody else's reach. */
async function checkOwnWorkers(client: Client, cluster: string): Promise<Check> {
  const subject = `workers of cluster ${cluster}`;
  const queue = clusterQueue(taskQueue, cluster);
  const living = await pollersOf(client, queue, 'activities');
  if (living.length > 0) return ok('temporal', subject, living.join(', '));
  const mend = `start one that reaches the cluster: SQUALL_WORKER_CLUSTER=${cluster} squall worker`;
  return failed('temporal', subject, `none polls task queue ${queue}: nothing can be done or undone there`, mend);
}

/** Who has asked for work lately. */
async function pollersOf(client: Client, name: string, kind: keyof typeof queues): Promise<string[]> {
  const { namespace } = client.options;
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: queues[kind],
  });
  const living = (pollers ?? []).filter(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < polledWithinMs);
  return living.map(({ identity }) => identity ?? 'one without a name');
}

async function checkJanitor(client: Client): Promise<Check> {
  const subject = `schedule ${janitorSchedule}`;
  try {
    const { state, info } = await client.schedule.getHandle(janitorSchedule).describe();
    if (state.paused) {
      return warning(
        'temporal',
        subject,
        `it is paused${state.note ? `: ${state.note}` : ''}`,
        'unpause it in the Web UI, or sweep yourself: squall sweep --yes',
      );
    }
    const last = info.recentActions.at(-1)?.takenAt;
    return ok('temporal', subject, last === undefined ? 'it is there' : `its last sweep began at ${last.toISOString()}`);
  } catch (error) {
    return warning('temporal', subject, rootMessage(error), 'start a worker (squall worker), which makes it');
  }
}
