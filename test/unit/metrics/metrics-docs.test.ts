import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownMetrics } from '../../../scripts/metrics-docs/own-metrics.ts';
import { renderMetricsPage } from '../../../scripts/metrics-docs/render.ts';

describe('docs/metrics.md', () => {
  it('is as the registries have it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
    assert.equal(page, renderMetricsPage(), 'npm run docs writes it');
  });

  it('has names as Prometheus has them', () => {
    const { worker, api } = ownMetrics();
    assert.ok(worker.length > 20 && api.length >= 4);
    for (const { name, type, labels, help } of [...worker, ...api]) {
      assert.match(name, /^(squall|redis)_[a-z0-9_]+$/, name);
      assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
      if (type === 'histogram') assert.match(name, /_seconds$/, name);
      assert.doesNotMatch(name, /_(ms|milliseconds|minutes|kb|mb)(_|$)/, name);
      assert.ok(help.length > 0 && !help.endsWith('.'), `${name}: ${help}`);
      for (const label of labels) assert.match(label, /^[a-z][a-z_]*$/, `${name}: ${label}`);
    }
  });
});
