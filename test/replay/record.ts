import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporalBinary } from '../../lab/artifacts/binaries.ts';
import { Progress } from '../../lab/progress.ts';

// Records a run's histories, the campaign's and its experiments', for the replay tests, from the Temporal that the
// TEMPORAL_* variables name. usage: node test/replay/record.ts RUN_ID NAME

interface History {
  events: { startChildWorkflowExecutionInitiatedEventAttributes?: { workflowId: string } }[];
}

const [runId, name] = process.argv.slice(2);
if (runId === undefined || name === undefined) {
  process.stderr.write('usage: node test/replay/record.ts RUN_ID NAME\n');
  process.exit(64);
}
const temporal = await temporalBinary(new Progress());
const folder = fileURLToPath(new URL('./histories/', import.meta.url));
mkdirSync(folder, { recursive: true });
const { events } = record(runId, `${name}.campaign`);
const children = events.flatMap((event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? []);
for (const [i, child] of children.entries()) record(child, `${name}.experiment-${i + 1}`);

function record(workflowId: string, file: string): History {
  const text = execFileSync(temporal, ['workflow', 'show', '--workflow-id', workflowId, '--output', 'json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const history: History = JSON.parse(text);
  writeFileSync(`${folder}${file}.json`, `${JSON.stringify({ workflowId, history })}\n`);
  process.stdout.write(`${file}.json: ${history.events.length} events\n`);
  return history;
}
