import { writeFileSync } from 'node:fs';
import { defaultPayloadConverter } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import type { FinishInput } from '../../src/contracts/activities.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { awaitEvent, reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { TestNamespace } from '../support/test-namespace.ts';
import { type Condition, conditions } from './conditions.ts';
import { Place } from './place.ts';

// Records what real runs on the lab leave for analysis, for the tests of its rules.
// usage: node test/evidence/record.ts [CONDITION...]

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in conditions));
if (unknown !== undefined) {
  process.stderr.write(`no condition ${unknown}; there are: ${Object.keys(conditions).join(', ')}\n`);
  process.exit(64);
}
const lab = readLabState();
if (lab === undefined) throw new Error('the lab is not up: npm run lab -- up');
const { kubeconfig } = lab;
const temporal = await createTemporal();
await using squall = await SquallProcesses.start(lab, temporal.address);
await using cluster = connectCluster({ name: 'lab', kubeconfig });
try {
  for (const [name, condition] of Object.entries(conditions)) {
    if (names.length > 0 && !names.includes(name)) continue;
    try {
      await record(name, condition);
    } catch (error) {
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
    }
  }
} finally {
  await temporal.teardown();
}

async function record(name: string, condition: Condition): Promise<void> {
  await using namespace = await TestNamespace.create(kubeconfig, 'evidence');
  const place = new Place(cluster, namespace.name, kubeconfig, AbortSignal.timeout(180_000));
  await condition.prepare(place);
  const indented = condition.spec(namespace.name).replaceAll('\n', '\n  ');
  const id = await startRun(
    squall.apiUrl,
    `apiVersion: squall.dev/v1\nkind: Campaign\nmetadata: {name: ${name}}\nspec:\n  policy: {ignoreDisruptionBudgets: true}\n  ${indented}\n`,
  );
  if (condition.meanwhile !== undefined) {
    await awaitEvent(squall.apiUrl, id, ({ type }) => type === 'fault.verified');
    await condition.meanwhile(place);
  }
  const report = await reportOf(squall.apiUrl, id);
  const input = await finishInput(temporal, id);
  const file = new URL(`recorded/${name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify({ how: condition.how, input })}\n`);
  process.stdout.write(`${name}: ${report.verdict}: ${report.reason}\n`);
  for (const { rule, severity, title } of report.findings) process.stdout.write(`  ${severity} [${rule}] ${title}\n`);
}

/** What the run gave to the making of its report, from its history. */
async function finishInput({ client }: TestWorkflowEnvironment, id: string): Promise<FinishInput> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  const scheduled = events?.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'finishRun');
  const payload = scheduled?.activityTaskScheduledEventAttributes?.input?.payloads?.[0];
  if (payload === undefined || payload === null) throw new Error(`run ${id} made no report`);
  return defaultPayloadConverter.fromPayload<FinishInput>(payload);
}
