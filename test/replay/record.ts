import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readConfig } from '../../src/config.ts';

// Records a run's histories, the campaign's and its experiments', for the replay tests.
// usage: node test/replay/record.ts RUN_ID NAME

const [runId, name] = process.argv.slice(2);
if (runId === undefined || name === undefined) {
  process.stderr.write('usage: node test/replay/record.ts RUN_ID NAME\n');
  process.exit(64);
}
const { temporal } = readConfig();
const connection = await Connection.connect(temporal.connection);
const { workflow } = new Client({ connection, namespace: temporal.namespace });

const folder = fileURLToPath(new URL('./histories/', import.meta.url));
await mkdir(folder, { recursive: true });
const campaign = workflow.getHandle(runId);
const history = await record(campaign, `${name}.campaign`);
const children = (history.events ?? []).flatMap((event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? []);
for (const [i, child] of children.entries()) await record(workflow.getHandle(child), `${name}.experiment-${i + 1}`);
await connection.close();

async function record(handle: WorkflowHandle, file: string) {
  const recorded = await handle.fetchHistory();
  await writeFile(`${folder}${file}.json`, `${historyToJSON(recorded)}\n`);
  process.stdout.write(`${file}.json: ${recorded.events?.length} events\n`);
  return recorded;
}
