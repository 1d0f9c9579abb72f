import assert from 'node:assert/strict';
import { reportLinks } from '../../../src/api/report-links.ts';
import { makeReport } from '../../../src/report/report.ts';
import { input } from '../report/example.ts';

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

  it('are none to what is not there', () => {
    assert.deepEqual(reportLinks(report, {}, {}), []);
    assert.deepEqual(reportLinks(report, { ui: 'http://ui.example/run' }, {}), [
      { label: "In Temporal's Web UI", href: 'http://ui.example/run' },
    ]);
  });
});
