import assert from 'node:assert/strict';
import type { RunPage } from '../../src/api/list-runs.ts';
import type { RunResource } from '../../src/api/run-resource.ts';
import type { Report } from '../../src/contracts/report.ts';
import { expectJson, expectSameEvents } from '../support/api-client.ts';
import { simulatedActivities } from '../support/simulated-activities.ts';
import { SimulatedService } from '../support/simulated-service.ts';

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
  let service: SimulatedService;

  before(async () => {
    service = await SimulatedService.start(simulatedActivities([]), { settings: { 'limit.historyCount.suggestContinueAsNew': 20 } });
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
  });

  it('is one run: its events, its report, its place in the list', async () => {
    const started = await service.api.start(document);
    const events = await service.api.events(started.id);
    const types = events.map(({ event }) => event.type);
    for (const once of ['run.started', 'run.planned', 'run.finished'] as const) {
      assert.equal(types.filter((type) => type === once).length, 1, once);
    }
    const finished = events.flatMap(({ event }) => (event.type === 'experiment.finished' ? [event.experiment] : []));
    assert.deepEqual(finished, names);
    for (const [index, { id }] of events.entries()) {
      if (index % 5 === 0)
        expectSameEvents(await service.api.events(started.id, { after: id }), events.slice(index + 1), `resumed after ${index + 1}`);
    }

    const executions: string[] = [];
    for await (const { runId } of service.temporal.client.workflow.list({ query: `WorkflowId = '${started.id}'` })) executions.push(runId);
    assert.ok(executions.length > 1, 'its history has continued as new');

    const ended = await expectJson<RunResource>(await service.api.get(started.links.self), 200);
    assert.deepEqual([ended.state, ended.verdict, ended.startedAt], ['completed', 'Passed', started.startedAt]);
    const report = await expectJson<Report>(await service.api.get(started.links.report), 200);
    assert.deepEqual(
      report.experiments.map(({ name }) => name),
      names,
    );
    const audit = await service.api.audit(started.id);
    assert.deepEqual(
      audit.filter(({ what }) => what === 'experiment.requested').map(({ experiment }) => experiment),
      names,
    );
    assert.equal(audit.filter(({ what }) => what === 'run.continued').length, executions.length - 1);
    for (const what of ['run.requested', 'run.finished']) assert.equal(audit.filter((record) => record.what === what).length, 1, what);
    const { runs } = await expectJson<RunPage>(await service.api.get('/v1/runs?campaign=long'), 200);
    assert.deepEqual(
      runs.map(({ id }) => id),
      [started.id],
    );
    const again = await expectJson<RunResource>(await service.api.post(`${started.links.self}/retry`), 202);
    assert.equal((await service.api.events(again.id)).at(-1)?.event.type, 'run.finished');
  });
});
