import type { Report } from '../contracts/report.ts';
import type { PageLink } from '../report/html/report-page.ts';
import type { ApiContext } from './context.ts';
import type { RunResource } from './run-resource.ts';

/** Where else a run is seen: in Temporal's Web UI and, as long as it lasted, on the dashboards that squall brings. */
export function reportLinks(
  report: Report,
  { ui }: Pick<RunResource['links'], 'ui'>,
  { grafanaUrl }: Pick<ApiContext, 'grafanaUrl'>,
): PageLink[] {
  return [
    ...(ui === undefined ? [] : [{ label: "In Temporal's Web UI", href: ui }]),
    ...(grafanaUrl === undefined ? [] : dashboards(report, grafanaUrl)),
  ];
}

const aroundMs = 60_000;

function dashboards({ campaign, cluster, namespace, startedAt, endedAt, experiments }: Report, grafanaUrl: string): PageLink[] {
  const time = { from: String(Date.parse(startedAt) - aroundMs), to: String(Date.parse(endedAt) + aroundMs) };
  const link = (label: string, uid: string, variables: Record<string, string>): PageLink => ({
    label,
    href: `${grafanaUrl}/d/${uid}?${new URLSearchParams({ ...variables, ...time })}`,
  });
  const asksRedis = experiments.some(({ probes }) => probes.some(({ type }) => type.startsWith('redis-')));
  return [
    link('On the dashboard of campaigns', 'squall-campaigns', {
      'var-cluster': cluster,
      'var-namespace': namespace,
      'var-campaign': campaign,
    }),
    ...(asksRedis ? [link('On the dashboard of redis', 'squall-redis', { 'var-namespace': namespace })] : []),
  ];
}
