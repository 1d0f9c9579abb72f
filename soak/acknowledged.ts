import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Ledger } from './ledger/ledger.ts';

/** Asks Temporal itself: every acknowledged POST is a run, and one POST is not two. */
export async function checkAcknowledged(ledger: Ledger, client: Client): Promise<void> {
  const byId = new Map<string, number>();
  for (const run of ledger.runs) {
    if (run.id === null) continue;
    byId.set(run.id, (byId.get(run.id) ?? 0) + 1);
    try {
      await client.workflow.getHandle(run.id).describe();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      ledger.fail('lost', run, run.lane, `POST was acknowledged as run ${run.id}, and Temporal has no such workflow`, Date.now());
    }
  }
  for (const [id, count] of byId)
    if (count > 1) ledger.fail('duplicated', null, '', `${count} POSTs were acknowledged as one run ${id}`, Date.now());
  let there = 0;
  for await (const _ of client.workflow.list({ query: "WorkflowType = 'campaign'" })) there++;
  if (there > ledger.runs.length) ledger.fail('duplicated', null, '', `${ledger.runs.length} POSTs have become ${there} runs`, Date.now());
}
