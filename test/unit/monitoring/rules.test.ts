import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { present } from '../../../lab/packages.ts';
import { ownMetrics } from '../../../scripts/metrics-docs/own-metrics.ts';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';

const folder = join(import.meta.dirname, '../../../k8s/monitoring');
const files = readdirSync(folder).filter((name) => name.endsWith('-rules.yaml'));

/** What redis's exporter has, of all that the rules ask for. */
const ofOthers = ['up', 'redis_connected_clients', 'redis_master_link_up'];

interface Rules {
  groups: { rules: { alert: string; expr: string; labels: Record<string, string>; annotations: Record<string, string> }[] }[];
}

interface Tests {
  tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
}

const rulesOf = (file: string) => (parse(readFileSync(join(folder, file), 'utf8')) as Rules).groups.flatMap((group) => group.rules);
const testsOf = (file: string) => file.replace(/\.yaml$/, '.test.yaml');

describe('alerting rules', function () {
  this.timeout(60_000);

  it('are what Prometheus takes, and fire when they are meant to', async function () {
    if (!present('promtool')) skip(this, "promtool, of Debian's package prometheus, is not installed");
    assert.ok(files.length >= 2);
    const checked = await runProgram('promtool', ['check', 'rules', ...files], folder);
    assert.equal(checked.code, 0, checked.output);
    const tested = await runProgram('promtool', ['test', 'rules', ...files.map(testsOf)], import.meta.dirname);
    assert.equal(tested.code, 0, tested.output);
  });

  it('are each tested for firing and for not firing', () => {
    for (const file of files) {
      const { tests } = parse(readFileSync(join(import.meta.dirname, testsOf(file)), 'utf8')) as Tests;
      const expected = tests.flatMap((one) => one.alert_rule_test);
      for (const { alert } of rulesOf(file)) {
        const own = expected.filter(({ alertname }) => alertname === alert);
        assert.ok(
          own.some(({ exp_alerts }) => exp_alerts.length > 0),
          `${alert} fires in no test`,
        );
        assert.ok(
          own.some(({ exp_alerts }) => exp_alerts.length === 0),
          `${alert} is quiet in no test`,
        );
      }
    }
  });

  it('ask for metrics that there are, and say what to do', () => {
    const known = new Set([...ownMetrics().worker.map(({ name }) => name), ...ofOthers]);
    for (const { alert, expr, labels, annotations } of files.flatMap(rulesOf)) {
      const asked = [...expr.matchAll(/\b((squall|redis)_\w+|up)\b/g)].map(([name]) => name);
      assert.ok(asked.length > 0 && asked.every((name) => known.has(name)), `${alert} asks for ${asked.join(', ')}`);
      assert.ok(labels.severity && annotations.summary && annotations.description && annotations.runbook, alert);
    }
  });
});
