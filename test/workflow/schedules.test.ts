import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import type { RunPage } from '../../src/api/list-runs.ts';
import type { scheduleWithDocument, triggered } from '../../src/api/schemas/schedule.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { scheduleId } from '../../src/schedules/saved-action.ts';
import { createRolloutMetrics } from '../../src/triggers/rollout-metrics.ts';
import { watchRollouts } from '../../src/triggers/watch-rollouts.ts';
import { expectJson, expectProblem } from '../support/api-client.ts';
import { until } from '../support/eventually.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { SimulatedService } from '../support/simulated-service.ts';

type Saved = z.output<typeof scheduleWithDocument>;
type Triggered = z.output<typeof triggered>;

function document(name: string, triggers: string, more = ''): string {
  return `apiVersion: squall.dev/v1
kind: Schedule
metadata: { name: ${name} }
spec:
  triggers: ${triggers}
${more}
  campaign:
    apiVersion: squall.dev/v1
    kind: Campaign
    metadata: { name: cart }
    spec:
      target: { namespace: shop, kind: Deployment, name: cart }
      steps:
        - experiment: { fault: pod-network-latency, target: all, parameters: { latency: 500ms }, duration: 1s }
`;
}

// The API, Temporal, its schedules and the workflows are real; the activities are simulated.
describe('saved campaigns', function () {
  this.timeout(60_000);
  let service: SimulatedService;

  before(async () => {
    service = await SimulatedService.start(new HeldActivities().activities);
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
  });

  const put = (name: string, body: string) =>
    fetch(`${service.server.url}/v1/schedules/${name}`, { method: 'PUT', body, headers: { 'content-type': 'application/yaml' } });
  const postJson = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${service.server.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const runsOf = async (name: string) => (await expectJson<RunPage>(await service.api.get(`/v1/runs?schedule=${name}`), 200)).runs;

  it('are saved, read, listed, replaced and deleted; Temporal keeps them as schedules', async () => {
    const text = document(
      'nightly',
      '{ cron: "0 3 * * MON-FRI", calendar: { hour: 9-17, minute: "*/30", month: JAN }, interval: { every: 6h, offset: 10m } }',
      '  timeZone: Europe/Berlin\n  jitter: 1m\n  overlap: buffer-one\n  catchUpWindow: 1h\n  paused: true',
    );
    const created = await service.api.post('/v1/schedules', text);
    const saved = await expectJson<Saved>(created, 201);
    assert.equal(created.headers.get('location'), '/v1/schedules/nightly');
    assert.equal(saved.document, text);
    assert.equal(saved.paused, true);
    assert.equal(saved.rollout, null);
    assert.ok(saved.nextTimes.length > 0, 'it has times to come');
    assert.deepEqual(saved.triggers.cron, ['0 3 * * MON-FRI']);
    const kept = await service.temporal.client.schedule.getHandle(scheduleId('nightly')).describe();
    assert.equal(kept.policies.overlap, 'BUFFER_ONE');
    assert.equal(kept.policies.catchupWindow, 3_600_000);
    assert.equal(kept.spec.timezone, 'Europe/Berlin');
    assert.equal(kept.spec.jitter, 60_000);
    assert.equal(kept.spec.intervals?.[0]?.offset, 600_000);
    await expectProblem(await service.api.post('/v1/schedules', text), 409, 'schedule-exists');

    const changed = document('nightly', '{ cron: "@daily" }');
    const replaced = await expectJson<Saved>(await put('nightly', changed), 200);
    assert.deepEqual(
      [replaced.document, replaced.triggers.cron, replaced.triggers.intervals, replaced.paused],
      [changed, ['@daily'], [], false],
    );
    await expectProblem(await put('other', changed), 422, 'invalid-document');
    await until(async () => {
      const { schedules } = await expectJson<{ schedules: Saved[] }>(await service.api.get('/v1/schedules'), 200);
      return schedules.some(({ name }) => name === 'nightly');
    });
    assert.equal((await fetch(`${service.server.url}/v1/schedules/nightly`, { method: 'DELETE' })).status, 204);
    await expectProblem(await service.api.get('/v1/schedules/nightly'), 404, 'schedule-not-found');
    await expectJson<Saved>(await put('nightly', changed), 201);
  });

  it('tell each mistake of a document at its place, those of the campaign in it, too', async () => {
    const wrong = document('wrong', '{ cron: "99 3 * * *", onRollot: true }', '  overlap: terminate').replace('500ms', 'soon');
    const { errors = [] } = await expectProblem(await service.api.post('/v1/schedules', wrong), 422, 'invalid-document');
    assert.deepEqual(
      errors.map(({ path, line }) => [path, line]),
      [
        ['spec.triggers.cron', 5],
        ['spec.triggers.onRollot', 5],
        ['spec.overlap', 6],
        ['spec.campaign.spec.steps[0].experiment.parameters.latency', 14],
      ],
    );
  });

  it('begin runs at their times, which are runs like all others', async () => {
    await expectJson(await service.api.post('/v1/schedules', document('often', '{ interval: { every: 10s } }')), 201);
    const first = await until(async () => (await runsOf('often')).find(({ verdict }) => verdict !== null), 40_000);
    assert.match(first.id, /^often-2\d{3}-/);
    assert.deepEqual([first.verdict, first.campaign, first.namespace, first.startedBy], ['Passed', 'cart', 'shop', 'schedule often']);
    assert.equal((await service.api.get(first.links.report)).status, 200);
    const events = await service.api.events(first.id);
    assert.equal(events.at(-1)?.event.type, 'run.finished');
    const { recentRuns } = await expectJson<Saved>(await service.api.get('/v1/schedules/often'), 200);
    assert.ok(recentRuns.some(({ id }) => id === first.id));
    const paused = await expectJson<Saved>(await postJson('/v1/schedules/often/pause', { actor: 'anna', reason: 'a test' }), 200);
    assert.deepEqual([paused.paused, paused.note], [true, 'paused by anna: a test']);
    const retried = await expectJson<{ id: string }>(await service.api.post(`${first.links.self}/retry`), 202);
    assert.notEqual(retried.id, first.id);
  });

  it('are started by a word, and by a webhook once for each cause', async () => {
    await expectJson(await service.api.post('/v1/schedules', document('called', '{ webhook: true }')), 201);
    const byWord = await expectJson<Triggered>(await postJson('/v1/schedules/called/trigger', undefined), 202);
    assert.equal(byWord.isNew, true);

    const alert = {
      version: '4',
      status: 'firing',
      alerts: [{ status: 'firing', labels: { alertname: 'Deployed' }, startsAt: '2030-01-01T00:00:00Z', fingerprint: 'f1' }],
    };
    const started = await expectJson<Triggered>(await postJson('/v1/triggers/called', alert), 202);
    const again = await expectJson<Triggered>(await postJson('/v1/triggers/called', alert), 202);
    assert.deepEqual([started.isNew, again.isNew, again.run.id], [true, false, started.run.id]);
    assert.equal(started.run.startedBy, 'schedule called: alert Deployed');
    const resolved = { ...alert, status: 'resolved', alerts: alert.alerts.map((one) => ({ ...one, status: 'resolved' })) };
    assert.deepEqual(await expectJson(await postJson('/v1/triggers/called', resolved), 200), { ignored: 'none of the alerts is firing' });

    const keyed = () => postJson('/v1/triggers/called', {}, { 'idempotency-key': 'deploy-7' });
    const [one, other] = await Promise.all([keyed(), keyed()]);
    const both = [await expectJson<Triggered>(one, 202), await expectJson<Triggered>(other, 202)];
    assert.deepEqual(both.map(({ isNew }) => isNew).sort(), [false, true]);
    assert.equal(both[0]?.run.id, both[1]?.run.id);

    await postJson('/v1/schedules/called/pause', { actor: 'anna' });
    await expectProblem(await postJson('/v1/triggers/called', alert), 409, 'schedule-paused');
    await postJson('/v1/schedules/called/resume', { actor: 'anna' });
    await expectProblem(await postJson('/v1/triggers/often', alert), 404, 'webhook-not-declared');
    await until(async () => (await runsOf('called')).length === 3);
    const { events } = await service.temporal.client.workflow.getHandle(started.run.id).fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    // What tells of something once would be lost if another run were in its way.
    assert.equal(JSON.parse(Buffer.from(payload ?? []).toString()).campaign.policy.overlap, 'queue');
  });

  it('are started once by a rollout though several workers look, and keep what somebody changes meanwhile', async () => {
    const text = document('watched', '{ onRollout: true }');
    await expectJson<Saved>(await service.api.post('/v1/schedules', text), 201);
    const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    const annotations = { 'deployment.kubernetes.io/revision': '2' };
    // No cluster stands behind it.
    const deployment = { metadata: { uid: 'u-1', generation: 1, annotations }, spec: { replicas: 1, template: {} }, status };
    const cluster = { readObject: async () => deployment } as unknown as Cluster;
    const stop = new AbortController();
    const log: string[] = [];
    const watch = () => {
      const metrics = createRolloutMetrics(new Registry());
      const watching = { client: service.temporal.client, cluster: () => cluster, metrics, log: (line: string) => log.push(line) };
      return watchRollouts({ ...watching, intervalMs: 20, signal: stop.signal }, Date.now() + 60_000).catch((error: unknown) => error);
    };
    const watchers = [watch(), watch(), watch()];
    const known = async () => (await expectJson<Saved>(await service.api.get('/v1/schedules/watched'), 200)).rollout?.known;
    await until(async () => (await known()) === 'u-1/2');
    // Each time somebody saves it, what was seen is kept, and what was saved is not overwritten.
    for (const hour of [1, 2, 3]) {
      annotations['deployment.kubernetes.io/revision'] = String(hour + 2);
      const changed = document('watched', `{ onRollout: true, cron: "0 ${hour} * * *" }`);
      assert.deepEqual((await expectJson<Saved>(await put('watched', changed), 200)).triggers.cron, [`0 ${hour} * * *`]);
      await until(async () => (await known()) === `u-1/${hour + 2}`);
      assert.equal((await expectJson<Saved>(await service.api.get('/v1/schedules/watched'), 200)).document, changed);
    }
    await until(async () => (await runsOf('watched')).length >= 4);
    stop.abort();
    await Promise.all(watchers);
    const revisions = (await runsOf('watched')).map(({ startedBy }) => /revision (\d+)/.exec(startedBy ?? '')?.[1]);
    assert.deepEqual(revisions.sort(), ['2', '3', '4', '5']);
    assert.ok(
      log.every((line) => /started/.test(line)),
      log.join('\n'),
    );
  });

  it('by a rollout know what their workload is at when they are saved', async () => {
    const { rollout } = await expectJson<Saved>(await service.api.post('/v1/schedules', document('rolled', '{ onRollout: true }')), 201);
    assert.deepEqual(rollout, { known: 'u-1/1', problem: null });
  });
});
