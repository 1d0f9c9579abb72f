// A worker whose activities touch no cluster: what is loaded is the API, Temporal and the workflows.
// usage: TEMPORAL_ADDRESS=HOST:PORT node bench/api-load/worker-process.ts   (writes "ready" once it is)
import { NativeConnection, Runtime } from '@temporalio/worker';
import { taskQueue } from '../../src/contracts/names.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';
import { simulatedActivities, timedObserve } from '../../test/support/simulated-activities.ts';

Runtime.install({ logger: { log: () => {}, trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } });
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' });
await registerSearchAttributes(connection, 'default');
const worker = await Workers.create({
  connection,
  taskQueue,
  workflowBundle: await workflowBundle(),
  activities: simulatedActivities([], { observe: timedObserve }),
  limits: { activities: 1_000, observations: 1_000, cachedWorkflows: 400 },
});
process.stdout.write('ready\n');
await worker.run();
await connection.close();
