import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { RunPage } from '../../src/api/list-runs.ts';
import type { RunResource } from '../../src/api/run-resource.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import type { Report } from '../../src/contracts/report.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { ApiClient, expectJson } from '../support/api-client.ts';
import { ApiServer } from '../support/api-server.ts';
import { simulatedActivities } from '../support/simulated-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const names = ['one', 'two', 'three', 'four'];
const document = `
apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: long }
spec:
  target: { namespace: shop, selector: app=cart }
  steps:
${names.map((name) => `    - experiment: { name: ${name}, fault: pod-delete, target: all, duration: 1s }`).join('\n')}
`;

// The API, Temporal and the workflows are real; the activities are simulated. Temporal takes few events for many.
describe('a run whose history continues as new', function () {
  this.timeout(120_000);
  let temporal: TestWorkflowEnvironment;
  let server: ApiServer;
  let worker: Worker;
  let working: Promise<void>;
  let api: ApiClient;

  before(async () => {
    temporal = await createTemporal({ settings: { 'limit.historyCount.suggestContinueAsNew': 20 } });
    server = await ApiServer.start(temporal.address);
    api = new ApiClient(server.url);
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    worker = await Worker.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: await bundleWorkflows(),
      activities: simulatedActivities([]),
    });
    working = worker.run();
  });
  after(async () => {
    worker?.shutdown();
    await working;
    await server?.[Symbol.asyncDispose]();
    await temporal?.teardown();
  });

  it('is one run: its events, its report, its place in the list', async () => {
    const started = await api.start(document);
    const events = await api.events(started.id);
    const types = events.map(({ event }) => event.type);
    for (const once of ['run.started', 'run.planned', 'run.finished'] as const) {
      assert.equal(types.filter((type) => type === once).length, 1, once);
    }
    const finished = events.flatMap(({ event }) => (event.type === 'experiment.finished' ? [event.experiment] : []));
    assert.deepEqual(finished, names);
    for (const [index, { id }] of events.entries()) {
      if (index % 5 === 0)
        assert.deepEqual(await api.events(started.id, { after: id }), events.slice(index + 1), `resumed after ${index + 1}`);
    }

    const executions: string[] = [];
    for await (const { runId } of temporal.client.workflow.list({ query: `WorkflowId = '${started.id}'` })) executions.push(runId);
    assert.ok(executions.length > 1, 'its history has continued as new');

    const ended = await expectJson<RunResource>(await api.get(started.links.self), 200);
    assert.deepEqual([ended.state, ended.verdict, ended.startedAt], ['completed', 'Passed', started.startedAt]);
    const report = await expectJson<Report>(await api.get(started.links.report), 200);
    assert.deepEqual(
      report.experiments.map(({ name }) => name),
      names,
    );
    const audit = await api.audit(started.id);
    assert.deepEqual(
      audit.filter(({ what }) => what === 'experiment.requested').map(({ experiment }) => experiment),
      names,
    );
    assert.equal(audit.filter(({ what }) => what === 'run.continued').length, executions.length - 1);
    for (const what of ['run.requested', 'run.finished']) assert.equal(audit.filter((record) => record.what === what).length, 1, what);
    const { runs } = await expectJson<RunPage>(await api.get('/v1/runs?campaign=long'), 200);
    assert.deepEqual(
      runs.map(({ id }) => id),
      [started.id],
    );
    const again = await expectJson<RunResource>(await api.post(`${started.links.self}/retry`), 202);
    assert.equal((await api.events(again.id)).at(-1)?.event.type, 'run.finished');
  });
});
