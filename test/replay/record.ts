import { Client, Connection } from '@temporalio/client';
import { readConfig } from '../../src/config.ts';
import { writeHistories } from './write-history.ts';

// Records a run's histories for the replay tests, from the Temporal that the TEMPORAL_* variables name.
// usage: node test/replay/record.ts RUN_ID NAME

const [workflowId, name] = process.argv.slice(2);
if (workflowId === undefined || name === undefined) {
  process.stderr.write('usage: node test/replay/record.ts RUN_ID NAME\n');
  process.exit(64);
}
const { temporal } = readConfig();
const connection = await Connection.connect(temporal.connection);
try {
  const client = new Client({ connection, namespace: temporal.namespace });
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const first = raw.workflowExecutionInfo?.firstRunId;
  await writeHistories(client, { workflowId, ...(first && { runId: first }) }, name);
} finally {
  await connection.close();
}
