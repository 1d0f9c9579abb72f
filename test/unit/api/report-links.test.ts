import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { reportLinks } from '../../../src/api/report-links.ts';
import { makeReport } from '../../../src/report/report.ts';
import { input } from '../report/example.ts';

const dashboard = z.object({ uid: z.string(), templating: z.object({ list: z.array(z.object({ name: z.string() })) }) });

describe("the links of a report's page", () => {
  const report = makeReport(input());

  it('lead to the dashboards as they were while the run lasted', () => {
    const [, campaigns, redis] = reportLinks(report, { ui: 'http://ui.example/run' }, { grafanaUrl: 'https://grafana.example/base' });
    const { pathname, searchParams } = new URL(campaigns?.href ?? '');
    assert.equal(pathname, '/base/d/squall-campaigns');
    assert.equal(searchParams.get('var-campaign'), report.campaign);
    assert.ok(Number(searchParams.get('from')) < Date.parse(report.startedAt));
    assert.ok(Number(searchParams.get('to')) > Date.parse(report.endedAt));
    assert.equal(new URL(redis?.href ?? '').searchParams.get('var-namespace'), report.namespace);
  });

  it('name dashboards that there are, and variables that these have', () => {
    const folder = new URL('../../../k8s/monitoring/dashboards/', import.meta.url);
    const dashboards = readdirSync(folder).map((file) => dashboard.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));
    for (const { href } of reportLinks(report, {}, { grafanaUrl: 'https://grafana.example' })) {
      const { pathname, searchParams } = new URL(href);
      const found = dashboards.find(({ uid }) => pathname === `/d/${uid}`);
      assert.ok(found, pathname);
      const names = found.templating.list.map(({ name }) => `var-${name}`);
      for (const name of searchParams.keys()) assert.ok(['from', 'to', ...names].includes(name), `${pathname} has ${name}`);
    }
  });

  it('are none to what is not there', () => {
    assert.deepEqual(reportLinks(report, {}, {}), []);
    assert.deepEqual(reportLinks(report, { ui: 'http://ui.example/run' }, {}), [
      { label: "In Temporal's Web UI", href: 'http://ui.example/run' },
    ]);
  });
});
