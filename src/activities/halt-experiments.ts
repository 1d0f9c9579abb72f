import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { HaltRunsInput } from '../contracts/arbiter.ts';
import { haltSignal } from '../contracts/control.ts';

const atOnce = 10;

/**
 * Signals every experiment of the runs that goes on. Which ones do, a campaign's own record says at once, where Temporal's lists
 * lag; its children that are no experiments have nothing to stop.
 */
export async function haltExperiments({ runIds, abort }: HaltRunsInput, client: Client, signal: AbortSignal): Promise<void> {
  const left = runIds.values();
  const next = async () => {
    for (const runId of left) {
      signal.throwIfAborted();
      await unlessEnded(async () => {
        const { raw } = await client.workflow.getHandle(runId).describe();
        const children = (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId || []);
        await Promise.all(children.map((child) => unlessEnded(() => client.workflow.getHandle(child).signal(haltSignal, abort))));
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, runIds.length) }, next));
}

async function unlessEnded(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
