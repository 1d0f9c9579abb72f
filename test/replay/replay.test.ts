import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
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
});
