import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { campaignsDashboard } from './campaigns.ts';
import { redisDashboard } from './redis.ts';
import { serviceDashboard } from './service.ts';

/** Every dashboard by the name of its file. */
const dashboards: ReadonlyMap<string, () => Dashboard> = new Map([
  ['redis.json', redisDashboard],
  ['campaigns.json', campaignsDashboard],
  ['service.json', serviceDashboard],
]);

/** The files as Grafana imports and provisions them. */
export function dashboardFiles(): Map<string, string> {
  return new Map([...dashboards].map(([name, make]) => [name, `${JSON.stringify(make(), undefined, 2)}\n`]));
}
