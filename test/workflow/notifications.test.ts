import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { Registry } from 'prom-client';
import { verifyDelivery } from '../../src/api/auth/webhook-signature.ts';
import { notifyTaskQueue } from '../../src/contracts/names.ts';
import type { NotifyResult } from '../../src/contracts/notify.ts';
import { beginNotifying } from '../../src/notifications/begin.ts';
import { createNotifyActivities } from '../../src/notifications/create-notify-activities.ts';
import { parseReceivers } from '../../src/notifications/file.ts';
import { createNotificationMetrics } from '../../src/notifications/notification-metrics.ts';
import type { Receiver } from '../../src/notifications/receiver.ts';
import { documentOf } from '../support/api-client.ts';
import { until } from '../support/eventually.ts';
import { GrafanaAnnotations } from '../support/grafana-annotations.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { type RecordedRequest, RecordingServer } from '../support/recording-server.ts';
import { SimulatedService } from '../support/simulated-service.ts';

const secret = randomBytes(32);

// Temporal, the workflows, what follows runs, and the receivers' servers are real; a run's activities are simulated. Grafana is not
// one: its server does what its documentation says.
describe('notifications', function () {
  this.timeout(60_000);
  let service: SimulatedService;
  let receivers: Receiver[] = [];
  const registry = new Registry();
  const metrics = createNotificationMetrics(registry);
  const held = new HeldActivities();
  const directory = mkdtempSync(join(tmpdir(), 'squall-notifications-'));

  before(async () => {
    service = await SimulatedService.start(held.activities);
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  function file(name: string, content: string): string {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  }
  function read(text: string): Receiver[] {
    const parsed = parseReceivers(text, 'notifications.yaml');
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return parsed.receivers;
  }
  function notifier(): Promise<Worker> {
    const cluster = () => assert.fail('no cluster is needed');
    const activities = createNotifyActivities({ receivers, cluster, metrics });
    return Worker.create({
      connection: service.temporal.nativeConnection,
      taskQueue: notifyTaskQueue,
      activities,
      maxHeartbeatThrottleInterval: '100ms',
    });
  }
  async function begin(name: string): Promise<string> {
    const { id } = await service.api.start(documentOf(name));
    await beginNotifying(service.temporal.client, receivers, id, {
      name,
      dialect: 'squall',
      target: { cluster: 'default', namespace: 'shop', selector: 'app=cart' },
      policy: { optIn: 'none', protectedPods: [] },
      hypothesis: [],
      steps: [],
      warnings: [],
    });
    return id;
  }
  const resultOf = (id: string): Promise<NotifyResult> => service.temporal.client.workflow.getHandle(`${id}.notify`).result();
  const typesOf = (requests: readonly RecordedRequest[]) => requests.map(({ body }) => (JSON.parse(body) as { type: string }).type);

  function verify({ headers, body }: RecordedRequest): void {
    const delivery = {
      id: headers['webhook-id'] as string,
      timestamp: headers['webhook-timestamp'] as string,
      signature: headers['webhook-signature'] as string,
      body: Buffer.from(body),
    };
    assert.equal(verifyDelivery(delivery, [{ name: 'test', secrets: [secret], grants: [] }]).ok, true);
  }

  it('tell webhooks, signed, and chat and Grafana; one that does not answer delays nobody', async () => {
    await using hook = await RecordingServer.start((request, earlier) => {
      const same = earlier.filter(({ headers }) => headers['webhook-id'] === request.headers['webhook-id']);
      return request.body.includes('"run.started"') && same.length < 2 ? 503 : 204;
    });
    await using chat = await RecordingServer.start();
    await using refusing = await RecordingServer.start(() => 410);
    await using grafana = await GrafanaAnnotations.start();
    const secretFile = file('secret', `whsec_${secret.toString('base64')}\n`);
    receivers = read(`
receivers:
  - {name: hook, webhook: {url: "${hook.url}/a", secretFile: ${secretFile}}}
  - {name: chat, slack: {urlFile: ${file('chat', chat.url)}}}
  - {name: gone, webhook: {url: "${refusing.url}", secretFile: ${secretFile}}, events: [run.finished]}
  - {name: board, grafana: {url: "${grafana.url}/", tokenFile: ${file('token', grafana.token)}, dashboardUid: redis, panelId: 2, tags: [ours]}}
  - {name: others, webhook: {url: "${refusing.url}", secretFile: ${secretFile}}, campaigns: [other-*]}
  - {name: failures, webhook: {url: "${refusing.url}", secretFile: ${secretFile}}, events: [run.finished], verdicts: [Failed, Error]}
`);
    const following = await notifier();
    const { id, result } = await following.runUntil(async () => {
      const run = await begin('plain-notified');
      return { id: run, result: await resultOf(run) };
    });
    const told = ['run.started', 'fault.injected', 'fault.reverted', 'run.finished'];
    assert.deepEqual(typesOf(hook.requests), ['run.started', 'run.started', ...told]);
    for (const request of hook.requests) verify(request);
    const ids = hook.requests.map(({ headers }) => headers['webhook-id']);
    assert.deepEqual([ids[0], ids[1], new Set(ids).size], [ids[2], ids[2], 4]);
    const last = JSON.parse(hook.requests.at(-1)?.body ?? '') as { data: Record<string, unknown> };
    assert.deepEqual(
      [last.data.runId, last.data.verdict, last.data.campaign, last.data.namespace],
      [id, 'Passed', 'plain-notified', 'shop'],
    );

    const lines = chat.requests.map(({ body }) => JSON.parse(body) as { text: string; blocks: object[] });
    assert.equal(lines.length, 2);
    assert.match(lines[1]?.text ?? '', /^plain-notified on default\/shop: Passed, /);

    assert.deepEqual(result, { sent: 4 + 2 + 2, failed: [{ receiver: 'gone', event: 'run.finished', reason: 'it answered 410' }] });
    assert.equal(refusing.requests.length, 1, 'what is refused is not sent again, and filters hold');
    const [region, ...more] = grafana.annotations;
    assert.ok(region && more.length === 0);
    assert.ok(region.timeEnd > region.time, JSON.stringify(region));
    assert.deepEqual([region.dashboardUID, region.panelId], ['redis', 2]);
    assert.deepEqual(region.tags.slice(0, 6), [
      'squall',
      'campaign:plain-notified',
      `run:${id}`,
      'ours',
      'fault:pod-network-latency',
      'experiment:pod-network-latency',
    ]);
    const { values } = (await registry.getSingleMetric('squall_notifications_total')?.get()) ?? { values: [] };
    assert.equal(values.find(({ labels }) => labels.receiver === 'gone' && labels.outcome === 'failed')?.value, 1);
  });

  it('are gone on with by another worker, from where the one before was', async () => {
    await using hook = await RecordingServer.start();
    receivers = read(
      `receivers: [{name: hook, webhook: {url: "${hook.url}", secretFile: ${file('secret', `whsec_${secret.toString('base64')}`)}}}]`,
    );
    const first = await notifier();
    const id = await first.runUntil(async () => {
      const run = await begin('held-notified');
      await until(async () => typesOf(hook.requests).includes('fault.injected'));
      return run;
    });
    held.release('held-notified');
    const second = await notifier();
    await second.runUntil(() => resultOf(id));
    const byId = new Map(hook.requests.map((request) => [request.headers['webhook-id'], request]));
    assert.deepEqual(typesOf([...byId.values()]), ['run.started', 'fault.injected', 'fault.reverted', 'run.finished']);
  });

  it('of a run that no receiver wants to know of are none', async () => {
    receivers = read(
      `receivers: [{name: hook, webhook: {url: "http://127.0.0.1:1", secretFile: ${file('secret', 'x')}}, namespaces: [other-*]}]`,
    );
    const id = await begin('plain-unwanted');
    await assert.rejects(service.temporal.client.workflow.getHandle(`${id}.notify`).describe(), /not found/i);
  });
});
