import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

// Of the release under development, since runs are made ready together with the grant: those of before are kept as they were written.
const folder = fileURLToPath(new URL(`./histories/0.2.0-ready-with-hold/`, import.meta.url));

interface Execution {
  workflowId: string;
  runId?: string;
}

/** Writes the histories of a run, its campaign's and its experiments', as `NAME.campaign.json` and so on; one that continued as new in parts. */
export async function writeHistories(client: Client, run: Execution, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const children: Execution[] = [];
  let next: Execution | undefined = run;
  for (let part = 1; next !== undefined; part++) {
    next = await write(client, next, `${name}.campaign${part === 1 ? '' : `-${part}`}`, children);
  }
  for (const [i, child] of children.entries()) await write(client, child, `${name}.experiment-${i + 1}`, []);
}

/** Answers the execution that continues this one. */
async function write(
  client: Client,
  { workflowId, runId }: Execution,
  file: string,
  children: Execution[],
): Promise<Execution | undefined> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const events = history.events ?? [];
  for (const { childWorkflowExecutionStartedEventAttributes: started } of events) {
    const child = started?.workflowExecution;
    if (child?.workflowId && child.runId) children.push({ workflowId: child.workflowId, runId: child.runId });
  }
  writeFileSync(`${folder}${file}.json`, `${JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) })}\n`);
  process.stdout.write(`${file}.json: ${events.length} events\n`);
  const continued = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  return continued ? { workflowId, runId: continued } : undefined;
}
