import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkDashboard, type DashboardCheck, isBlind } from '../../src/dashboards/check-dashboard.ts';
import { prometheusAt } from '../../src/dashboards/prometheus-source.ts';
import { readDashboard } from '../../src/dashboards/read-dashboard.ts';

/** What happened last is scraped within some seconds, and a rate needs two scrapes. */
const patienceMs = 60_000;
/** Panels that may be empty: those of what a run ends with are filled by now, and those of what did not happen stay so. */
const patienceWithEmptyMs = 15_000;

/**
 * Asks what every panel of the project's dashboards asks, of the lab's Prometheus, with what the demo has left there. Answers when each has
 * data, or when they had time enough to.
 */
export async function checkDashboards(root: string, prometheusUrl: string, namespace: string): Promise<DashboardCheck[]> {
  const folder = join(root, 'k8s/monitoring/dashboards');
  const dashboards = readdirSync(folder)
    .toSorted()
    .map((name) => {
      const read = readDashboard(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (!read.ok) throw new Error(`${join(folder, name)}: found ${read.found}, expected ${read.expected}`);
      return read.dashboard;
    });
  const since = Date.now();
  for (;;) {
    const prometheus = prometheusAt(prometheusUrl, AbortSignal.timeout(patienceMs));
    const checks = await Promise.all(
      dashboards.map((dashboard) => {
        // Other redis may be in the lab; this one is looked at.
        const variables = dashboard.variables.some(({ name }) => name === 'pod') ? { namespace: [namespace] } : {};
        return checkDashboard(dashboard, { variables, mayBeEmpty: [] }, prometheus);
      }),
    );
    const waitedMs = Date.now() - since;
    const isFull = checks.every(({ queries }) => queries.every(({ state }) => state === 'data'));
    if (isFull || waitedMs > patienceMs || (waitedMs > patienceWithEmptyMs && !checks.some(isBlind))) return checks;
    await delay(1_000);
  }
}

/** A line for each dashboard, and one for each query of it that is blind. */
export function tellDashboards(checks: readonly DashboardCheck[]): string[] {
  return checks.flatMap(({ dashboard, queries }) => {
    const withData = queries.filter(({ state }) => state === 'data').length;
    const mayBeEmpty = queries.filter(({ state }) => state === 'may-be-empty').length;
    const blind = queries.filter(({ state }) => state === 'empty' || state === 'failed');
    const head = `dashboard            ${dashboard}: ${withData} of ${queries.length} queries have data${mayBeEmpty > 0 ? `, ${mayBeEmpty} may have none` : ''}`;
    const empty = queries.flatMap(({ panel, state }) => (state === 'may-be-empty' ? [panel] : []));
    return [
      head,
      ...(empty.length > 0 ? [`  may have none      ${empty.join(', ')}`] : []),
      ...blind.map(({ panel, asked, answer }) => `  without data       ${panel}: ${answer}: ${asked}`),
    ];
  });
}
