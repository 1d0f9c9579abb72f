import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { taskQueue } from '../../src/contracts/names.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { ApiClient, documentOf } from '../support/api-client.ts';
import { ApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const document = readFileSync(new URL('../../docs/web-ui.md', import.meta.url), 'utf8');
const views = new Map(
  Array.from(document.matchAll(/^\| ([^|]+) \| `(Workflow[^`]+)` \|$/gm), ([, view = '', query = '']) => [view, query]),
);

/** What each view is to find, of the runs below; a view of which there is none here has to be understood by Temporal all the same. */
const expected: Record<string, string[]> = {
  'runs under way': ['held-cart', 'stuck-cart'],
  'an undo does not succeed': ['stuck-cart'],
  'hypothesis rejected': ['slow-cart'],
  'chaos could not be done': ['broken-cart'],
  'below a score': ['slow-cart'],
  'runs of a campaign': ['slow-cart'],
  'experiments of a campaign': ['slow-cart'],
  'runs that act in a cluster': ['broken-cart', 'held-cart', 'slow-cart', 'stuck-cart'],
  'runs in a namespace': ['broken-cart', 'held-cart', 'slow-cart', 'stuck-cart'],
};

// Temporal, the API and the workflows are real; the activities are simulated.
describe("the views that docs/web-ui.md has for Temporal's Web UI", function () {
  this.timeout(120_000);
  let temporal: TestWorkflowEnvironment;
  let worker: Workers;
  let running: Promise<void>;

  before(async () => {
    temporal = await createTemporal();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    worker = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: await bundleWorkflows(),
      activities: new HeldActivities().activities,
    });
    running = worker.run();
    await using server = await ApiServer.start(temporal.address);
    const api = new ApiClient(server.url);
    const names = ['held-cart', 'stuck-cart', 'slow-cart', 'broken-cart'];
    const runs = await Promise.all(names.map((name) => api.start(documentOf(name))));
    await Promise.all(runs.slice(2).map(({ id }) => api.events(id, { enough: ({ type }) => type === 'run.finished' })));
  });
  after(async () => {
    worker?.shutdown();
    // What is held would be waited for.
    for await (const { workflowId } of temporal?.client.workflow.list({ query: "ExecutionStatus = 'Running'" }) ?? [])
      await temporal.client.workflow.getHandle(workflowId).terminate();
    await running;
    await temporal?.teardown();
  });

  it('are all there', () => {
    assert.ok(views.size >= 15);
    for (const view of Object.keys(expected)) assert.ok(views.has(view), view);
  });

  for (const [view, query] of views) {
    it(`${view}: ${query}`, async () => {
      const find = async (): Promise<string[]> => {
        const found: string[] = [];
        for await (const { workflowId } of temporal.client.workflow.list({ query })) found.push(workflowId.replace(/-[^-]*(\..*)?$/, ''));
        return found.sort();
      };
      const wanted = expected[view] ?? [];
      await eventually(view, find, (found) => found.join() === wanted.join());
    });
  }
});
