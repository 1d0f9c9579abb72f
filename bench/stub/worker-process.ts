// squall's worker as src/worker.ts makes it, but for the cluster: that is a stub, and answers at once.
// usage: TEMPORAL_ADDRESS=HOST:PORT node bench/stub/worker-process.ts [--replicas N]   (writes "ready" once it is)
import { parseArgs } from 'node:util';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { Registry } from 'prom-client';
import { createActivities } from '../../src/activities/create-activities.ts';
import { createJanitorMetrics } from '../../src/activities/janitor-metrics.ts';
import { createRunMetrics } from '../../src/activities/run-metrics.ts';
import { readConfig } from '../../src/config.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import { defaultClusterPolicy } from '../../src/policy/cluster-policy.ts';
import { plainDataConverter } from '../../src/temporal/data-converter.ts';
import { createRolloutMetrics } from '../../src/triggers/rollout-metrics.ts';
import { observedActivity } from '../../src/worker/activity-interceptor.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { workerOptions } from '../../src/worker/worker-limits.ts';
import { Workers } from '../../src/worker/workers.ts';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';
import { workflowSinks } from '../../src/worker/workflow-sinks.ts';
import { StubCluster } from './stub-cluster.ts';

const { values } = parseArgs({ options: { replicas: { type: 'string', default: '3' } } });
const silent = (): void => undefined;
Runtime.install({ logger: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent } });
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' });
await registerSearchAttributes(connection, 'default');
const registry = new Registry();
const cluster = new StubCluster(Number(values.replicas));
const worker = await Workers.create({
  connection,
  taskQueue,
  dataConverter: plainDataConverter,
  workflowBundle: await workflowBundle(),
  interceptors: { activity: [observedActivity] },
  sinks: workflowSinks(),
  activities: createActivities({
    cluster: () => cluster,
    policy: () => defaultClusterPolicy(),
    ofCluster: () => ({ agentImage: 'squall-agent:stub', reach: 'direct', prometheusUrl: null }),
    metrics: createRunMetrics(registry),
    janitorMetrics: createJanitorMetrics(registry, 90_000),
    receivers: [],
    rolloutMetrics: createRolloutMetrics(registry),
    rolloutIntervalMs: 60_000,
  }),
  limits: readConfig().workerLimits,
  ...workerOptions,
});
process.stdout.write('ready\n');
await worker.run();
await connection.close();
