import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Redis } from 'ioredis';
import { parse, stringify } from 'yaml';
import { alertNeeds, ensureNeeds } from '../../lab/packages.ts';
import { Progress } from '../../lab/progress.ts';
import { readLabState } from '../../lab/state.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import { queryPrometheus } from '../../src/probes/prometheus.ts';
import { eventually } from '../support/eventually.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { MonitoringServer } from '../support/prometheus-server.ts';
import { RecordingServer } from '../support/recording-server.ts';
import { runProgram } from '../support/run-program.ts';
import { reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

const root = join(import.meta.dirname, '../..');
const boundMs = 90_000;

interface Rule {
  alert: string;
  for: string;
  labels: Record<string, string>;
}

interface Notification {
  status: string;
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

/** Of examples/gitops/alertmanager.yaml, as far as it is changed here. */
interface AlertmanagerConfig {
  route: { receiver: string; routes: Record<string, unknown>[]; [key: string]: unknown };
  receivers: { name: string; webhook_configs?: { url: string; http_config?: unknown; send_resolved?: boolean }[] }[];
}

/**
 * The project's own rules, with two changes that keep the test short and lead to the example's route: `for` of the alert is 2 s instead of
 * a minute, and it has the label `squall: stop`. Answers the file's path.
 */
function shortenedRules(folder: string): string {
  const rules = parse(readFileSync(join(root, 'k8s/monitoring/redis-rules.yaml'), 'utf8')) as { groups: { rules: Rule[] }[] };
  const rule = rules.groups.flatMap((group) => group.rules).find(({ alert }) => alert === 'RedisClientsFew');
  assert.equal(rule?.for, '1m');
  rule.for = '2s';
  rule.labels.squall = 'stop';
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'rules.yaml');
  writeFileSync(path, stringify(rules));
  return path;
}

/** The example's own configuration, with this run's address, and one more receiver that is told of everything at once. */
function alertmanagerConfig(apiUrl: string, run: string, receiver: string): AlertmanagerConfig {
  const config = parse(readFileSync(join(root, 'examples/gitops/alertmanager.yaml'), 'utf8')) as AlertmanagerConfig;
  for (const webhook of config.receivers.flatMap(({ webhook_configs = [] }) => webhook_configs)) {
    webhook.url = webhook.url.replace('http://squall-api.squall:7400', apiUrl).replace('RUN', run);
    // This API asks for no key.
    delete webhook.http_config;
  }
  config.receivers.push({ name: 'recorder', webhook_configs: [{ url: receiver, send_resolved: true }] });
  const routes = config.route.routes.map((route) => ({ ...route, continue: true }));
  config.route = { ...config.route, group_wait: '0s', group_interval: '1s', routes: [...routes, { receiver: 'recorder' }] };
  return config;
}

// Prometheus with the project's rules, and Alertmanager with the example's routes, both for real; clients of a real redis leave it.
describe('monitoring of runs', function () {
  this.timeout(300_000);
  let lab: LabCluster;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let recorder: RecordingServer;
  let redisAddress: string;
  const clients: Redis[] = [];
  const rulesFolder = join(tmpdir(), `squall-alerts-${process.pid}`);

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    await ensureNeeds(new Progress(), alertNeeds);
    [lab, temporal, recorder] = await Promise.all([LabCluster.open('alerts'), createTemporal(), RecordingServer.start()]);
    [squall, redisAddress] = await Promise.all([
      SquallProcesses.start(state, temporal.address),
      createRedis(state.images),
      lab.space.createPod('shop', ['sleep', '3600'], { image: 'docker.io/library/debian:bookworm-slim' }),
    ]);
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    rmSync(rulesFolder, { recursive: true, force: true });
    await Promise.all([squall?.[Symbol.asyncDispose](), recorder?.[Symbol.asyncDispose]()]);
    await temporal?.teardown();
    await lab?.[Symbol.asyncDispose]();
  });

  /** A redis with its exporter beside it. Answers the pod's address. */
  async function createRedis(images: { redis: string; exporter: string }): Promise<string> {
    await lab.space.core.createNamespacedPod({
      namespace: lab.space.name,
      body: {
        metadata: { name: 'redis' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            { name: 'redis', image: images.redis, imagePullPolicy: 'IfNotPresent', command: ['redis-server', '--protected-mode', 'no'] },
            { name: 'exporter', image: images.exporter, imagePullPolicy: 'IfNotPresent' },
          ],
        },
      },
    });
    const isReady = (ready: boolean | undefined) => ready === true;
    const pod = await lab.space.awaitPod('redis', 'ready', (found) => {
      const statuses = found?.status?.containerStatuses ?? [];
      return statuses.length === 2 && statuses.every(({ ready }) => isReady(ready));
    });
    return pod?.status?.podIP ?? '';
  }

  async function connectClients(): Promise<void> {
    for (let index = 0; index < 3; index++) {
      const client = new Redis({ host: redisAddress, lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => {});
      await client.connect();
      clients.push(client);
    }
  }

  const notifications = (status: string) =>
    recorder.requests.map(({ body }) => JSON.parse(body) as Notification).filter((one) => one.status === status);

  it('fires an alert when the clients of a redis have left: it reaches a receiver, ends a run, and is resolved when they are back', async () => {
    await connectClients();
    const run = await startRun(
      squall.apiUrl,
      `apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: watched-by-alerts }
spec:
  target: { namespace: ${lab.space.name}, selector: app=shop }
  stopConditions: [{ webhook: errors }]
  steps: [{ wait: 1h }]
`,
    );
    await using alertmanager = await MonitoringServer.alertmanager(alertmanagerConfig(squall.apiUrl, run, recorder.url));
    await using prometheus = await MonitoringServer.prometheus({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [shortenedRules(rulesFolder)],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
      scrape_configs: [
        {
          job_name: 'redis',
          static_configs: [{ targets: [`${redisAddress}:9121`], labels: { namespace: lab.space.name, pod: 'redis' } }],
        },
      ],
    });
    const signal = () => AbortSignal.timeout(30_000);
    const connected = async () => (await queryPrometheus(prometheus.url, 'redis_connected_clients', signal()))[0]?.value ?? 0;
    const states = new Set<string>();
    const state = async () => {
      const answer = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
        data: { groups: { rules: { name: string; state: string }[] }[] };
      };
      const rule = answer.data.groups.flatMap(({ rules }) => rules).find(({ name }) => name === 'RedisClientsFew');
      if (rule !== undefined) states.add(rule.state);
      return rule?.state ?? '';
    };
    await eventually('the exporter tells of the clients', connected, (count) => count >= 3, boundMs);
    await eventually('the rule was looked at', state, (one) => one === 'inactive', boundMs);
    assert.equal(recorder.requests.length, 0, 'nothing fires while they are connected');

    for (const client of clients.splice(0)) client.disconnect();
    await eventually('the alert fires', state, (one) => one === 'firing', boundMs);
    assert.deepEqual([...states], ['inactive', 'pending', 'firing']);
    const [fired] = await eventually(
      'the receiver is told',
      async () => notifications('firing'),
      (all) => all.length > 0,
      boundMs,
    );
    const [alert] = fired?.alerts ?? [];
    assert.deepEqual([alert?.labels.alertname, alert?.labels.severity, alert?.labels.pod], ['RedisClientsFew', 'critical', 'redis']);
    assert.equal(alert?.annotations.summary, `${lab.space.name}/redis has 1 connected clients`);

    const report = await reportOf(squall.apiUrl, run);
    assert.equal(report.verdict, 'Aborted');
    assert.match(report.reason, /errors[\s\S]*redis has 1 connected clients/);

    await connectClients();
    await eventually(
      'the receiver is told that it is over',
      async () => notifications('resolved'),
      (all) => all.length > 0,
      boundMs,
    );
    assert.equal(await state(), 'inactive');
  });

  it('does not let a run begin while a dashboard that it names is blind', async () => {
    const json = {
      title: 'the shop',
      templating: { list: [{ name: 'job', type: 'query', query: 'label_values(up, job)', multi: true, includeAll: true }] },
      panels: [
        { title: 'Scraped', targets: [{ expr: 'up{job=~"$job"}' }] },
        { title: 'Nobody', targets: [{ expr: 'squall_no_such_metric' }] },
      ],
    };
    const document = (dashboard: object) =>
      JSON.stringify({
        apiVersion: 'squall.dev/v1',
        kind: 'Campaign',
        metadata: { name: 'by-a-dashboard' },
        spec: {
          target: { namespace: lab.space.name, selector: 'app=shop' },
          preflight: { dashboards: [dashboard] },
          steps: [{ wait: '1s' }],
        },
      });
    // It asks the lab's Prometheus: that is the one the worker is configured with.
    const refused = await reportOf(squall.apiUrl, await startRun(squall.apiUrl, document({ json })));
    assert.equal(refused.verdict, 'Error');
    assert.deepEqual(refused.refusals, [
      { code: 'dashboard-without-data', subject: 'dashboard the shop, panel Nobody', message: 'no series: squall_no_such_metric' },
    ]);

    const response = await fetch(`${squall.apiUrl}/v1/plans`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: document({ json, mayBeEmpty: ['Nobody'] }),
    });
    const plan = (await response.json()) as Plan;
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(plan.dashboards, [{ name: 'the shop', queries: 2, withData: 1, empty: ['Nobody'], unasked: [] }]);
    assert.equal(plan.campaign.preflight, undefined, 'what was asked is not carried on');
  });

  it("has a worker tell its own metrics and Temporal's on one page, as Prometheus takes them", async () => {
    const page = await eventually(
      'Temporal has tasks to tell of',
      async () => (await fetch(squall.workerMetricsUrl)).text(),
      (text) => /^temporal_workflow_task_execution_latency_seconds_count\{.*\} [1-9]/m.test(text),
      boundMs,
    );
    for (const line of [
      /^squall_build_info\{version=".+"\} 1$/m,
      /^squall_holds\{cluster="default"\} \d+$/m,
      /^squall_runs_total\{.*verdict="Aborted"\} 1$/m,
    ]) {
      assert.match(page, line);
    }
    assert.match(page, /^temporal_worker_task_slots_used\{.*worker_type="ActivityWorker".*\} \d/m);
    const file = join(rulesFolder, 'metrics.txt');
    writeFileSync(file, page);
    // What promtool finds is to be of what prom-client exports of Node, and of nothing of ours.
    const { output } = await runProgram('bash', ['-c', `promtool check metrics < ${file}`], root);
    const findings = output.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'));
    assert.deepEqual(findings, []);
  });
});
