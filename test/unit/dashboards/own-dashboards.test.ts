import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles } from '../../../scripts/dashboards/files.ts';
import { ownMetrics } from '../../../scripts/metrics-docs/own-metrics.ts';
import type { Dashboard } from '../../../src/contracts/dashboard.ts';
import { readDashboard } from '../../../src/dashboards/read-dashboard.ts';

const folder = join(import.meta.dirname, '../../../k8s/monitoring/dashboards');

describe('the dashboards of k8s/monitoring', () => {
  const files = dashboardFiles();
  const read = (text: string): Dashboard => {
    const dashboard = readDashboard(JSON.parse(text));
    assert.ok(dashboard.ok);
    return dashboard.dashboard;
  };

  it('are as the code has them (npm run docs writes them)', () => {
    assert.deepEqual(readdirSync(folder).toSorted(), [...files.keys()].toSorted());
    for (const [name, text] of files) assert.equal(readFileSync(join(folder, name), 'utf8'), text, name);
  });

  it("ask for squall's metrics that there are, by names and uids of their own", () => {
    const { worker, api } = ownMetrics();
    const known = new Set([...worker, ...api].flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
    for (const [name, text] of files) {
      const { queries, unasked } = read(text);
      const titles = queries.map(({ panel }) => panel);
      assert.ok(queries.length >= 12, name);
      assert.deepEqual(unasked, [], name);
      assert.ok(
        titles.every((title) => !title.startsWith('a panel without')),
        name,
      );
      for (const metric of queries.flatMap(({ expr }) => expr.match(/\b(squall|redis_leader)_\w+/g) ?? [])) {
        if (!['squall-worker', 'squall-api'].includes(metric)) assert.ok(known.has(metric), `${name}: ${metric}`);
      }
    }
    assert.equal(new Set([...files.values()].map((text) => (JSON.parse(text) as { uid: string }).uid)).size, files.size);
  });

  it('must have data in each panel but those of what may not have happened yet', () => {
    const mayBeEmpty = [...files.values()].flatMap((text) => read(text).queries.filter(({ noValue }) => noValue !== undefined));
    const of = read(files.get('redis.json') ?? '').queries.filter(({ noValue }) => noValue !== undefined);
    assert.deepEqual(
      of.map(({ panel }) => panel),
      ['Last election', 'Elections'],
      'a redis that is not seen is no calm redis',
    );
    assert.ok(mayBeEmpty.length > 0);
  });
});
