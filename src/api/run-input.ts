import type { Client } from '@temporalio/client';
import type { RunInput } from '../contracts/run.ts';
import { type Execution, firstPayload, readFirstEvent } from './history.ts';

/** What a run was started with, from its history. */
export async function readRunInput(client: Client, run: Execution): Promise<RunInput> {
  const first = await readFirstEvent(client, run);
  const input = firstPayload<RunInput>(first?.workflowExecutionStartedEventAttributes?.input);
  if (input === undefined) throw new Error(`run ${run.workflowId} has no input in its history`);
  return input;
}
