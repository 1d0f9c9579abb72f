import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { formatTraceparent, traceHeader } from '../../src/contracts/trace-context.ts';
import type { ExecutionEnd } from '../../src/workflows/interceptors.ts';
import { eventually } from '../support/eventually.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const histories = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .toSorted();

// Recorded from real runs (test/replay/record.ts) and from simulated ones (record-paths.ts), a folder for each release that wrote
// them. A workflow change that a run under way, begun by that release, could not survive fails here.
describe('replay of recorded histories', function () {
  this.timeout(60_000);
  let workflowBundle: WorkflowBundleWithSourceMap;

  before(async () => {
    assert.notEqual(histories.length, 0, `no histories in ${folder}`);
    workflowBundle = await bundleWorkflows();
  });

  for (const file of histories) {
    it(file, async () => {
      // The ids of experiments' workflows are made from the run's, which replay must therefore know.
      const { workflowId, history }: { workflowId: string; history: unknown } = JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
      await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    });
  }

  // Tracing may be turned on, or off, while a run is under way.
  for (const file of ['0.2.0/cancelled.campaign.json', '0.2.0/cancelled.experiment-1.json']) {
    it(`${file}, with a trace`, async () => {
      const { workflowId, history }: TracedHistory = JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
      const [started] = history.events;
      assert.ok(started?.workflowExecutionStartedEventAttributes);
      const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true };
      const traceparent = Buffer.from(JSON.stringify({ traceparent: formatTraceparent(parent) })).toString('base64');
      started.workflowExecutionStartedEventAttributes.header = {
        fields: { [traceHeader]: { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: traceparent } },
      };
      const ends: ExecutionEnd[] = [];
      const sinks = { traces: { ended: { callDuringReplay: true, fn: (_info: unknown, end: ExecutionEnd) => void ends.push(end) } } };
      await Worker.runReplayHistory({ workflowBundle, sinks }, history, workflowId);
      // Told beside the replay, which does not wait for it.
      const [end] = await eventually(
        'the ends that were told',
        async () => ends,
        ({ length }) => length > 0,
      );
      assert.deepEqual({ ...end?.parent }, parent);
    });
  }
});

interface TracedHistory {
  workflowId: string;
  history: { events: { workflowExecutionStartedEventAttributes?: { header: unknown } }[] };
}
