import assert from 'node:assert/strict';
import { grafanaAddress } from '../../../src/dashboards/grafana-address.ts';
import { pruneDashboard } from '../../../src/dashboards/prune-dashboard.ts';
import { readDashboard } from '../../../src/dashboards/read-dashboard.ts';
import { takeValues } from '../../../src/dashboards/take-values.ts';

const prometheus = { type: 'prometheus', uid: 'x' };
const whole = {
  id: 7,
  uid: 'redis',
  title: 'redis',
  style: 'dark',
  time: { from: 'now-30m', to: 'now' },
  templating: {
    list: [
      { name: 'DS', type: 'datasource', query: 'prometheus', current: { value: 'main' } },
      {
        name: 'ns',
        type: 'query',
        query: { query: 'label_values(up, namespace)', refId: 'x' },
        current: { value: ['a', 'b'] },
        multi: true,
        regex: '/^a/',
      },
      {
        name: 'env',
        type: 'custom',
        query: 'dev,prod',
        options: [{ value: 'dev' }, { value: 'prod' }],
        current: { value: 'prod' },
        includeAll: true,
        allValue: '.+',
      },
      { name: 'ad', type: 'adhoc', query: null },
    ],
  },
  panels: [
    {
      title: 'Clients',
      type: 'timeseries',
      datasource: prometheus,
      gridPos: { x: 0 },
      targets: [
        { expr: 'clients', refId: 'A' },
        { expr: 'hidden', hide: true },
      ],
    },
    { type: 'text', title: 'Read me' },
    { title: 'Logs', type: 'logs', datasource: { type: 'loki' }, targets: [{ expr: '{app="redis"}' }] },
    { title: 'Shared', libraryPanel: { uid: 'l' } },
    {
      title: 'Folded',
      type: 'row',
      panels: [
        { type: 'stat', datasource: '$DS', targets: [{ expr: 'in_a_row' }], fieldConfig: { defaults: { noValue: 'none yet', unit: 's' } } },
        {
          title: 'Mixed',
          datasource: { uid: '-- Mixed --' },
          targets: [
            { expr: 'a', datasource: prometheus },
            { expr: 'b', datasource: { type: 'loki' } },
          ],
        },
      ],
    },
  ],
};

describe("a dashboard's JSON", () => {
  const expected = {
    title: 'redis',
    rangeSeconds: 1_800,
    variables: [
      { name: 'DS', type: 'datasource', query: 'prometheus', current: ['main'], options: [], multi: false, includeAll: false },
      {
        name: 'ns',
        type: 'query',
        query: 'label_values(up, namespace)',
        current: ['a', 'b'],
        options: [],
        multi: true,
        includeAll: false,
        regex: '/^a/',
      },
      {
        name: 'env',
        type: 'custom',
        query: 'dev,prod',
        current: ['prod'],
        options: ['dev', 'prod'],
        multi: false,
        includeAll: true,
        allValue: '.+',
      },
      { name: 'ad', type: 'other', query: '', current: [], options: [], multi: false, includeAll: false },
    ],
    queries: [
      { panel: 'Clients', expr: 'clients' },
      { panel: 'a panel without a title (stat)', expr: 'in_a_row', noValue: 'none yet' },
      { panel: 'Mixed', expr: 'a' },
    ],
    unasked: [
      { panel: 'Logs', why: 'it asks no Prometheus' },
      { panel: 'Shared', why: 'it is a library panel, whose queries are not in the dashboard' },
    ],
  };

  it('is read as Grafana exports it and as its API answers, rows and hidden queries as they are meant', () => {
    assert.deepEqual(readDashboard(whole), { ok: true, dashboard: expected });
    assert.deepEqual(readDashboard({ meta: {}, dashboard: whole }), { ok: true, dashboard: expected });
  });

  it('loses what is drawn, and nothing that is asked, before it is sent with a campaign', () => {
    const pruned = pruneDashboard({ meta: {}, dashboard: whole });
    assert.deepEqual(readDashboard(pruned), { ok: true, dashboard: expected });
    assert.doesNotMatch(JSON.stringify(pruned), /gridPos|style|unit|refId":"A/);
  });

  it('that is none says what is wrong with it', () => {
    for (const [value, found] of [
      [{ title: 'x' }, /panels/],
      ['text', /the dashboard/],
      [{ ...whole, panels: [{ targets: [{ expr: 7 }] }] }, /panels\.0\.targets\.0\.expr/],
      [{ spec: { elements: {} }, kind: 'Dashboard' }, /title/],
      [{ title: 'x', panels: [{ targets: Array.from({ length: 201 }, () => ({ expr: 'up' })) }] }, /201 queries/],
    ] as const) {
      const read = readDashboard(value);
      assert.ok(!read.ok);
      assert.match(read.found, found);
    }
  });

  it("has an address, as a browser shows it or as Grafana's API has it", () => {
    assert.deepEqual(grafanaAddress('https://g.example/grafana/d/abc-1/redis?orgId=1&var-ns=a&var-ns=b&var-env=prod'), {
      base: 'https://g.example/grafana',
      uid: 'abc-1',
      variables: { ns: ['a', 'b'], env: ['prod'] },
    });
    assert.deepEqual(grafanaAddress('http://g:3000/api/dashboards/uid/abc'), { base: 'http://g:3000', uid: 'abc', variables: {} });
    for (const none of ['http://g:3000/', 'ftp://g/d/abc', 'g/d/abc', 'http://g/d/../../x/y/z'])
      assert.equal(grafanaAddress(none), undefined, none);
  });
});

describe("a variable's regex", () => {
  it('takes its group value, else its first group, else the whole', () => {
    assert.deepEqual(takeValues(['redis-0', 'redis-1', 'shop'], '/redis-.*/'), ['redis-0', 'redis-1']);
    assert.deepEqual(takeValues(['a="1"', 'a="2"', 'b="1"'], '/a="(.*)"/'), ['1', '2']);
    assert.deepEqual(takeValues(['x:1'], '/(?<text>\\w):(?<value>\\d)/'), ['1']);
    assert.deepEqual(takeValues(['REDIS'], '/redis/i'), ['REDIS']);
  });

  it('that takes forever, or is none, is an error', () => {
    assert.throws(() => takeValues(['a'.repeat(60)], '/(a+)+b/'), /its regex .*timed out/);
    assert.throws(() => takeValues(['a'], '/(/'), /its regex .*Invalid regular expression/);
    assert.throws(() => takeValues(['a'], 'a'.repeat(501)), /501 characters/);
  });
});
