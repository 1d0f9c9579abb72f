import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { HaltRunsInput } from '../contracts/arbiter.ts';
import { haltSignal } from '../contracts/control.ts';

const atOnce = 10;

/**
 * Signals every experiment of the runs that goes on, so that its undo waits for nobody, and only then the runs themselves, which
 * say why they end: on a small machine what runs do meanwhile would keep undos waiting. Which experiments go on, a campaign's
 * own record says, where Temporal's lists lag; one that begins in between its campaign cancels.
 */
export async function haltRuns({ runIds, abort }: HaltRunsInput, client: Client, signal: AbortSignal): Promise<void> {
  const halt = (workflowId: string) => unlessEnded(() => client.workflow.getHandle(workflowId).signal(haltSignal, abort));
  await forEach(runIds, signal, async (runId) => {
    await Promise.all((await underWay(client, runId)).map(halt));
  });
  await forEach(runIds, signal, halt);
}

async function forEach(runIds: readonly string[], signal: AbortSignal, act: (runId: string) => Promise<void>): Promise<void> {
  const left = runIds.values();
  const next = async () => {
    for (const runId of left) {
      signal.throwIfAborted();
      await act(runId);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, runIds.length) }, next));
}

/** Ids of the workflows that a campaign started and that go on. */
async function underWay(client: Client, runId: string): Promise<string[]> {
  let ids: string[] = [];
  await unlessEnded(async () => {
    const { raw } = await client.workflow.getHandle(runId).describe();
    ids = (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId || []);
  });
  return ids;
}

async function unlessEnded(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
