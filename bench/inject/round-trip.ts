import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { activitiesOf, timesOf } from './history-steps.ts';

const silent = (): void => undefined;

/**
 * What Temporal takes for an activity that does nothing: from when the workflow has it scheduled until it has the next one scheduled.
 * Nothing squall does by an activity can take less here. In ms, one value for each.
 */
export async function roundTrips(address: string, client: Client, count: number): Promise<number[]> {
  const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
  Runtime.install({ logger });
  const connection = await NativeConnection.connect({ address });
  try {
    const taskQueue = `bench-${process.pid}`;
    const workflowsPath = fileURLToPath(new URL('./echo.workflow.ts', import.meta.url));
    const worker = await Worker.create({
      connection,
      namespace: client.options.namespace,
      taskQueue,
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger }),
      activities: { echo: async () => undefined },
    });
    const handle = await worker.runUntil(async () => {
      const workflow = await client.workflow.start('echoes', { taskQueue, workflowId: `bench-echoes-${process.pid}`, args: [count + 1] });
      await workflow.result();
      return workflow;
    });
    const steps = activitiesOf(timesOf((await handle.fetchHistory()).events ?? []));
    return steps.slice(1).map(({ scheduledAt }, i) => scheduledAt - (steps[i]?.scheduledAt ?? scheduledAt));
  } finally {
    await connection.close();
  }
}
