import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities/create-activities.ts';
import { clusterSettings, clustersWithOwnWorkers, readConfig, secretsOf } from './config.ts';
import { notifyTaskQueue, taskQueue } from './contracts/names.ts';
import { errorMessage } from './error-message.ts';
import { createClusters } from './kubernetes/clusters.ts';
import { createNotifyActivities } from './notifications/create-notify-activities.ts';
import { createLogger } from './security/logger.ts';
import { openEncryption } from './temporal/data-converter.ts';
import { ensureJanitor } from './temporal/janitor-schedule.ts';
import { ensureRolloutWatch } from './temporal/rollout-schedule.ts';
import { tracedClient } from './tracing/client-interceptor.ts';
import { startTracing } from './tracing/start-tracing.ts';
import { observedActivity } from './worker/activity-interceptor.ts';
import { arbiterReader } from './worker/arbiter-metrics.ts';
import { temporalLogger } from './worker/logger.ts';
import { serveMetrics } from './worker/metrics-server.ts';
import { registerSearchAttributes } from './worker/search-attributes.ts';
import { openTemporalMetrics } from './worker/temporal-metrics.ts';
import { versionOptions, workerOptions } from './worker/worker-limits.ts';
import { createWorkerMetrics } from './worker/worker-metrics.ts';
import { Workers } from './worker/workers.ts';
import { workflowBundle } from './worker/workflow-bundle.ts';
import { workflowSinks } from './worker/workflow-sinks.ts';

// The worker process: runs workflows and activities until SIGTERM or SIGINT (Temporal's runtime traps
// them), then lets activities under way end or hand over, and exits.

const config = readConfig();
const logger = createLogger({ level: config.logLevel, base: { service: 'squall-worker' }, secrets: secretsOf(config) });
await using _tracing = await startTracing('squall-worker', config.tracing, { secrets: secretsOf(config), log: logger });
const temporalMetrics = await openTemporalMetrics();
Runtime.install({ logger: temporalLogger(logger), telemetryOptions: temporalMetrics.telemetry });

const { address } = config.temporal.connection;
const connection = await NativeConnection.connect(config.temporal.connection).catch((cause: unknown) => {
  const expected = 'expected a server there: TEMPORAL_ADDRESS, and TEMPORAL_TLS* or TEMPORAL_API_KEY where it wants them';
  throw new Error(`Temporal does not answer at ${address}: found ${errorMessage(cause)}, ${expected}`, { cause });
});
const cluster = config.workerCluster;
const names = Object.keys(config.clusters);
const ownWorkers = clustersWithOwnWorkers(config);
using encryption = openEncryption(config.temporal.codecKeysFile, logger);
const { dataConverter } = encryption;
// What is traced and logged of activities, and of what they start, is the same in both pools.
const interceptors = { client: { workflow: [tracedClient()] }, activity: [observedActivity] };
const client = new Client({ connection, namespace: config.temporal.namespace, dataConverter });
// Who serves one cluster knows of no other: what concerns all is for the others to see to.
if (cluster === null) {
  await registerSearchAttributes(connection, config.temporal.namespace);
  await ensureJanitor(client, config.janitorIntervalMs, { clusters: names, ...(ownWorkers.length > 0 && { ownWorkers }) });
  await ensureRolloutWatch(client, { ownWorkers });
}

const metrics = createWorkerMetrics({
  janitorIntervalMs: config.janitorIntervalMs,
  arbiters: cluster === null ? arbiterReader(client, names) : async () => [],
});
await using clusters = createClusters(config.clusters);

// A pool of its own: what waits for a receiver keeps no undo waiting.
const notifier =
  config.receivers.length === 0 || cluster !== null
    ? undefined
    : await Worker.create({
        connection,
        namespace: config.temporal.namespace,
        taskQueue: notifyTaskQueue,
        dataConverter,
        interceptors,
        activities: createNotifyActivities({
          receivers: config.receivers,
          cluster: (name) => clusters.get(name),
          metrics: metrics.notifications,
        }),
        ...workerOptions,
        ...versionOptions(config.workerVersion),
        maxConcurrentActivityTaskExecutions: 500,
      });

const workers = await Workers.create({
  connection,
  namespace: config.temporal.namespace,
  taskQueue,
  ...(cluster === null
    ? {
        workflowBundle: await workflowBundle({
          failureConverterPath: dataConverter.failureConverterPath,
          logger: temporalLogger(logger),
        }),
        sinks: workflowSinks(),
      }
    : { cluster }),
  dataConverter,
  interceptors,
  activities: createActivities({
    cluster: (name) => clusters.get(name),
    policy: (cluster) => config.policy.of(cluster),
    ofCluster: (name) => clusterSettings(config, name),
    ownWorkers: cluster === null ? ownWorkers : [],
    metrics: metrics.runs,
    janitorMetrics: metrics.janitor,
    receivers: config.receivers,
    rolloutMetrics: metrics.rollouts,
    rolloutIntervalMs: config.rolloutIntervalMs,
  }),
  limits: config.workerLimits,
  ...workerOptions,
  ...versionOptions(config.workerVersion),
});

await using _metrics = await serveMetrics(config.workerMetrics, metrics.registry, temporalMetrics.read, () => workers.isRunning);
logger.info({ metrics: config.workerMetrics, namespace: config.temporal.namespace, ...(cluster !== null && { cluster }) }, 'worker ready');
await Promise.all([workers.run(), notifier?.run()]);
await connection.close();
logger.info('worker ended');
