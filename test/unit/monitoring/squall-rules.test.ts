import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { present } from '../../../lab/packages.ts';
import { createRunMetrics } from '../../../src/activities/run-metrics.ts';
import { createRolloutMetrics } from '../../../src/triggers/rollout-metrics.ts';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';

const root = join(import.meta.dirname, '../../..');
const rules = 'k8s/monitoring/squall-rules.yaml';

interface Rules {
  groups: { rules: { alert: string; expr: string; labels: Record<string, string>; annotations: Record<string, string> }[] }[];
}

describe('alerting rules', function () {
  this.timeout(30_000);

  it('are what Prometheus takes, and fire when they are meant to', async function () {
    if (!present('promtool')) skip(this, "promtool, of Debian's package prometheus, is not installed");
    const checked = await runProgram('promtool', ['check', 'rules', rules], root);
    assert.equal(checked.code, 0, checked.output);
    const tested = await runProgram('promtool', ['test', 'rules', 'squall-rules.test.yaml'], import.meta.dirname);
    assert.equal(tested.code, 0, tested.output);
  });

  it('ask for metrics the worker has, and say what to do', async () => {
    const registry = new Registry();
    createRunMetrics(registry);
    createRolloutMetrics(registry);
    const known = new Set([...registry.getMetricsAsArray().map(({ name }) => name), 'up']);
    const { groups } = parse(readFileSync(join(root, rules), 'utf8')) as Rules;
    const all = groups.flatMap((group) => group.rules);
    assert.ok(all.length > 0);
    for (const { alert, expr, labels, annotations } of all) {
      const asked = [...expr.matchAll(/\b(squall_\w+|up)\b/g)].map(([name]) => name);
      assert.ok(asked.length > 0 && asked.every((name) => known.has(name)), `${alert} asks for ${asked.join(', ')}`);
      assert.ok(labels.severity && annotations.summary && annotations.description && annotations.runbook, alert);
    }
  });
});
