import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '../../../lab/packages.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { preflightDashboards } from '../../../src/activities/preflight-dashboards.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Plan } from '../../../src/contracts/plan.ts';
import { checkDashboard, isBlind } from '../../../src/dashboards/check-dashboard.ts';
import { type PrometheusSource, prometheusAt } from '../../../src/dashboards/prometheus-source.ts';
import { readDashboard } from '../../../src/dashboards/read-dashboard.ts';
import { queryPrometheus } from '../../../src/probes/prometheus.ts';
import { eventually } from '../../support/eventually.ts';
import { MonitoringServer } from '../../support/prometheus-server.ts';
import { RecordingServer } from '../../support/recording-server.ts';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';

const root = join(import.meta.dirname, '../../..');

/** A panel for each query, by its title. */
function dashboardOf(queries: Record<string, string>, variables: object[] = []): object {
  const panels = Object.entries(queries).map(([title, expr]) => ({ title, type: 'timeseries', targets: [{ expr }] }));
  return { title: 'shop', panels, templating: { list: variables } };
}

const queryVariable = (name: string, query: string, more: object = {}) => ({ name, type: 'query', query, ...more });

// Against a real Prometheus, which scrapes itself.
describe('a check of a dashboard', function () {
  this.timeout(120_000);
  let server: MonitoringServer;
  let prometheus: PrometheusSource;
  let folder: string;

  before(async function () {
    if (!present('prometheus')) skip(this, "prometheus, Debian's package, is not installed");
    folder = mkdtempSync(join(tmpdir(), 'squall-dashboards-'));
    server = await MonitoringServer.prometheus({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: ['a', 'b'].map((job) => ({ job_name: `job.${job}`, static_configs: [{ targets: ['127.0.0.1:1'] }] })),
    });
    prometheus = prometheusAt(server.url, AbortSignal.timeout(110_000));
    const rates = 'rate(scrape_duration_seconds[1m])';
    const both = (series: unknown[]) => series.length === 2;
    await eventually('both jobs are scraped twice', () => queryPrometheus(server.url, rates, AbortSignal.timeout(30_000)), both, 60_000);
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  async function check(json: object, options: Partial<Parameters<typeof checkDashboard>[1]> = {}) {
    const read = readDashboard(json);
    assert.ok(read.ok);
    return checkDashboard(read.dashboard, { variables: {}, mayBeEmpty: [], ...options }, prometheus);
  }

  it('finds what has data, and names what has none, what fails, and what is not a number', async () => {
    const found = await check(
      dashboardOf({
        here: 'up',
        nowhere: 'no_such_metric',
        broken: 'up{',
        nothing: 'up * NaN',
        rate: 'rate(scrape_duration_seconds[$__rate_interval])',
      }),
    );
    assert.deepEqual(
      found.queries.map(({ panel, state }) => [panel, state]),
      [
        ['here', 'data'],
        ['nowhere', 'empty'],
        ['broken', 'failed'],
        ['nothing', 'empty'],
        ['rate', 'data'],
      ],
    );
    assert.match(found.queries[2]?.answer ?? '', /Prometheus: bad_data: .*parse error/);
    assert.match(found.queries[3]?.answer ?? '', /2 series, each not a number/);
    assert.ok(isBlind(found));
  });

  it('puts variables where the panel has them: asked, chosen, all of them, given', async () => {
    const variables = [
      queryVariable('instance', 'label_values(up{job=~"$job"}, instance)'),
      queryVariable('job', 'label_values(up, job)', { multi: true, includeAll: true, current: { value: '$__all' } }),
      queryVariable('letter', 'label_values(job)', { regex: '/job\\.(.)/' }),
      queryVariable('metric', 'metrics(scrape_dur)'),
      queryVariable('result', 'query_result(count(up))', { regex: '/(\\d+)/' }),
      { name: 'gone', type: 'custom', query: 'x,job.b', current: { value: 'no longer there' }, options: [{ value: 'job.b' }] },
      { name: 'step', type: 'interval', query: '1m,5m', current: { value: '5m' } },
      { name: 'fixed', type: 'constant', query: 'job.a' },
    ];
    const queries = {
      a: 'up{job=~"$job", instance="$instance"}',
      b: 'up{job="job.$letter"}',
      c: '$metric{job="$fixed"}',
      d: 'sum_over_time(up[$step]) + $result',
      e: 'up{job="$gone"}',
    };
    const found = await check(dashboardOf(queries, variables));
    assert.deepEqual(
      found.queries.map(({ asked }) => asked),
      [
        String.raw`up{job=~"(job\\.a|job\\.b)", instance="127.0.0.1:1"}`,
        'up{job="job.a"}',
        'scrape_duration_seconds{job="job.a"}',
        'sum_over_time(up[5m]) + 2',
        'up{job="job.b"}',
      ],
    );
    assert.ok(found.queries.every(({ state }) => state === 'data') && !isBlind(found), JSON.stringify(found));
    const given = await check(dashboardOf(queries, variables), { variables: { job: ['job.c'] } });
    assert.equal(given.queries[0]?.asked, String.raw`up{job=~"job\\.c", instance=""}`);
    assert.match(given.queries[0]?.answer ?? '', /^no series; \$instance has no values: label_values/);
  });

  it('says why a query cannot have data: no such variable, one without values, one that cannot be asked', async () => {
    const variables = [queryVariable('empty', 'label_values(no_such, x)'), queryVariable('broken', 'label_values(up{, x)')];
    const { queries } = await check(dashboardOf({ a: 'up{x="$nope"}', b: 'up{job="$empty"}', c: 'up{x="$broken", job=""}' }, variables));
    assert.match(queries[0]?.answer ?? '', /the dashboard has no variable \$nope/);
    assert.match(queries[1]?.answer ?? '', /\$empty has no values: label_values\(no_such, x\) gives none/);
    assert.match(queries[2]?.answer ?? '', /\$broken cannot be asked: .*HTTP 400/);
  });

  it('lets a panel be empty that says so, or of which it is said, and nothing else', async () => {
    const json = dashboardOf({ alerts: 'ALERTS', other: 'no_such_metric' });
    assert.ok(!isBlind(await check(json, { mayBeEmpty: ['alerts', 'other'] })));
    assert.ok(isBlind(await check(json, { mayBeEmpty: ['alerts'] })));
    const mistaken = await check(dashboardOf({ here: 'up' }), { mayBeEmpty: ['hree'], variables: { nope: ['x'] } });
    assert.deepEqual(mistaken.mistakes, ['it has no panel "hree" that asks Prometheus', 'it has no variable "nope"']);
    assert.ok(isBlind(mistaken));
    assert.deepEqual((await check(dashboardOf({}))).mistakes, ['none of its panels asks a Prometheus']);
  });

  const campaign = (dashboards: unknown[]) => {
    const target = { namespace: 'shop', selector: 'app=cart' };
    const text = JSON.stringify({
      apiVersion: 'squall.dev/v1',
      kind: 'Campaign',
      metadata: { name: 'a' },
      spec: { target, steps: [{ wait: '1s' }], preflight: { dashboards } },
    });
    const parsed = parseCampaign(text);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return { campaign: parsed.campaign } as Plan;
  };
  const dependencies = (more: Partial<Dependencies> = {}) =>
    ({
      policy: () => ({}),
      ofCluster: () => ({ prometheusUrl: server.url, agentImage: 'x', reach: 'auto' }),
      receivers: [],
      ...more,
    }) as unknown as Dependencies;
  const preflight = (dashboards: unknown[], more?: Partial<Dependencies>) =>
    preflightDashboards(campaign(dashboards), dependencies(more), AbortSignal.timeout(60_000));

  it('refuses a run by dashboard, panel, query and what came back; else the plan has what was asked', async () => {
    const json = dashboardOf({ here: 'up', nowhere: 'no_such_metric' });
    const refused = await preflight([{ json, name: 'shop' }]);
    assert.deepEqual(refused.refusals, [
      { code: 'dashboard-without-data', subject: 'dashboard shop, panel nowhere', message: 'no series: no_such_metric' },
    ]);
    const taken = await preflight([{ json: JSON.stringify(json), mayBeEmpty: ['nowhere'] }]);
    assert.deepEqual(taken, {
      refusals: [],
      dashboards: [{ name: 'shop', queries: 2, withData: 1, empty: ['nowhere'], unasked: [] }],
    });
  });

  it('goes to addresses that a campaign gives only where probes may; a token goes to the Grafana it is configured for alone', async () => {
    await using grafana = await RecordingServer.start(() => ({ status: 200, body: { dashboard: dashboardOf({ here: 'up' }) } }));
    const url = `${grafana.url}/d/shop/redis`;
    const open = () => ({ egress: { allow: null, loopback: true } }) as ReturnType<Dependencies['policy']>;
    const forbidden = await preflight([{ url }, { json: dashboardOf({ here: 'up' }), prometheus: server.url }]);
    assert.deepEqual(
      forbidden.refusals.map(({ code }) => code),
      ['dashboard-unreadable', 'dashboard-without-data'],
    );
    for (const { message } of forbidden.refusals) assert.match(message, /is not probed: it is the worker's own machine/);
    assert.equal(grafana.requests.length, 0);

    assert.deepEqual((await preflight([{ url }], { policy: open })).refusals, []);
    assert.deepEqual([grafana.requests[0]?.path, grafana.requests[0]?.headers.authorization], ['/api/dashboards/uid/shop', undefined]);

    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'secret\n');
    const to = { kind: 'grafana' as const, url: grafana.url, tokenFile, tags: [], dashboardUid: null, panelId: null };
    const receivers = [{ name: 'g', to, events: [], campaigns: null, namespaces: null, verdicts: null }];
    assert.deepEqual((await preflight([{ url }], { receivers })).refusals, [], 'what is configured may be anywhere');
    assert.equal(grafana.requests[1]?.headers.authorization, 'Bearer secret');
  });

  it('that is cancelled refuses nothing: it is over', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const ofCluster = () => ({ prometheusUrl: `http://127.0.0.1:${port}`, agentImage: 'x', reach: 'auto' as const });
    const plan = campaign([{ json: dashboardOf({ here: 'up' }) }]);
    const cancelled = new AbortController();
    silent.once('connection', () => cancelled.abort(new Error('cancelled')));
    try {
      await assert.rejects(preflightDashboards(plan, dependencies({ ofCluster }), cancelled.signal), /cancelled/);
    } finally {
      silent.close();
    }
  });

  it('is a command, too: squall check-dashboard', async () => {
    const file = join(folder, 'shop.json');
    writeFileSync(
      file,
      JSON.stringify(dashboardOf({ here: 'up{job="$job"}', nowhere: 'no_such_metric' }, [queryVariable('job', 'label_values(up, job)')])),
    );
    const squall = (...words: string[]) => runProgram(process.execPath, [join(root, 'src/cli.ts'), 'check-dashboard', ...words], root);
    const [blind, fine, away, wrong] = await Promise.all([
      squall(file, '--prometheus', server.url),
      squall(file, '--prometheus', server.url, '--may-be-empty', 'nowhere', '--var', 'job=job.b', '--output', 'json'),
      squall(file, '--prometheus', 'http://127.0.0.1:1'),
      squall(join(folder, 'token'), '--prometheus', server.url, '--var', 'x'),
    ]);
    assert.equal(blind.code, 1, blind.output);
    assert.match(blind.output, /data +here: 1 series\nempty +nowhere: no series\n +no_such_metric\n\n1 of 2 queries without data/);
    assert.equal(fine.code, 0, fine.output);
    assert.match(fine.output, /"asked": "up\{job=\\"job\.b\\"\}"/);
    assert.equal(away.code, 69, away.output);
    assert.equal(wrong.code, 64, wrong.output);
  });
});
