import { readFileSync } from 'node:fs';
import type { Agent } from 'undici';
import type { DashboardSpec } from '../contracts/campaign.ts';
import type { Dashboard } from '../contracts/dashboard.ts';
import type { Plan, PlannedDashboard, Refusal } from '../contracts/plan.ts';
import { checkDashboard, type DashboardCheck } from '../dashboards/check-dashboard.ts';
import { grafanaAddress } from '../dashboards/grafana-address.ts';
import { prometheusAt } from '../dashboards/prometheus-source.ts';
import { readFromGrafana } from '../dashboards/read-from-grafana.ts';
import { errorMessage } from '../error-message.ts';
import { defaultEgress } from '../security/egress.ts';
import { guardedAgent } from '../security/guarded-connect.ts';
import { redact } from '../security/redact.ts';
import type { Dependencies } from './dependencies.ts';

/** So many of a dashboard's panels are named one by one; a dashboard of another system has none with data. */
const mostNamed = 20;
/** A Prometheus that is silent must not keep the plan from being made. */
const answerMs = 20_000;

/** Asks every panel of the dashboards a campaign names. One without data would look calm during any chaos: a false negative. */
export async function preflightDashboards(
  { campaign }: Plan,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<{ refusals: Refusal[]; dashboards: PlannedDashboard[] }> {
  const specs = campaign.preflight?.dashboards ?? [];
  if (specs.length === 0) return { refusals: [], dashboards: [] };
  const { cluster } = campaign.target;
  const { egress = defaultEgress } = deps.policy(cluster);
  const asking: Asking = { deps, configuredUrl: deps.ofCluster(cluster).prometheusUrl, agent: guardedAgent(egress), signal };
  try {
    const results = await Promise.all(specs.map((spec, index) => checkSpec(spec, `spec.preflight.dashboards[${index}]`, asking)));
    return { refusals: results.flatMap(({ refusals }) => refusals), dashboards: results.flatMap(({ dashboards }) => dashboards) };
  } finally {
    await asking.agent.destroy();
  }
}

interface Asking {
  deps: Dependencies;
  /** the Prometheus of the campaign's cluster; null: none */
  configuredUrl: string | null;
  /** for addresses that a document gives */
  agent: Agent;
  signal: AbortSignal;
}

async function checkSpec(
  spec: DashboardSpec,
  place: string,
  asking: Asking,
): Promise<{ refusals: Refusal[]; dashboards: PlannedDashboard[] }> {
  const { configuredUrl, agent, signal } = asking;
  const { prometheusUrl = configuredUrl, mayBeEmpty } = spec;
  try {
    if (prometheusUrl === null) throw new Error('no Prometheus is configured; give the dashboard one, or set SQUALL_PROMETHEUS_URL');
    const { dashboard, variables } = await read(spec, asking);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    // What is configured goes where the service says; what a document says goes where probes may.
    const prometheus = prometheusAt(prometheusUrl, limited, spec.prometheusUrl === undefined ? undefined : agent);
    const check = await checkDashboard(dashboard, { variables: { ...variables, ...spec.variables }, mayBeEmpty }, prometheus);
    signal.throwIfAborted();
    return { refusals: refusalsOf(check, spec.name ?? dashboard.title), dashboards: [summary(check, spec)] };
  } catch (error) {
    signal.throwIfAborted();
    const subject = `dashboard ${nameOf(spec) ?? place}`;
    return { refusals: [{ code: 'dashboard-unreadable', subject, message: errorMessage(error) }], dashboards: [] };
  }
}

function nameOf({ name, source }: DashboardSpec): string | undefined {
  return name ?? ('dashboard' in source ? source.dashboard.title : redact(source.url));
}

async function read(
  { source }: DashboardSpec,
  { deps: { receivers }, agent, signal }: Asking,
): Promise<{ dashboard: Dashboard; variables: Record<string, string[]> }> {
  if ('dashboard' in source) return { dashboard: source.dashboard, variables: {} };
  const address = grafanaAddress(source.url);
  if (address === undefined) throw new Error(`found ${source.url}, expected a dashboard's address, for example http://grafana:3000/d/UID`);
  // A token goes to the Grafana it is configured for, and to no other.
  const configured = receivers.map(({ to }) => to).find((to) => to.kind === 'grafana' && to.url === address.base);
  const token = configured?.kind === 'grafana' ? readFileSync(configured.tokenFile, 'utf8').trim() : undefined;
  const access = { token, agent: configured === undefined ? agent : undefined, signal };
  return { dashboard: await readFromGrafana(address, access), variables: address.variables };
}

function refusalsOf({ queries, mistakes }: DashboardCheck, name: string): Refusal[] {
  const blind = queries.filter(({ state }) => state === 'empty' || state === 'failed');
  const named = blind.slice(0, mostNamed).map(({ panel, asked, answer }): Refusal => {
    return { code: 'dashboard-without-data', subject: `dashboard ${name}, panel ${panel}`, message: `${answer}: ${asked}` };
  });
  const more = blind.length - named.length;
  return [
    ...mistakes.map((message): Refusal => ({ code: 'dashboard-mistaken', subject: `dashboard ${name}`, message })),
    ...named,
    ...(more > 0
      ? [{ code: 'dashboard-without-data', subject: `dashboard ${name}`, message: `and ${more} further queries without data` }]
      : []),
  ];
}

function summary({ dashboard, queries, unasked }: DashboardCheck, { name = dashboard }: DashboardSpec): PlannedDashboard {
  const panels = (state: string) => [...new Set(queries.filter((one) => one.state === state).map(({ panel }) => panel))];
  return {
    name,
    queries: queries.length,
    withData: queries.filter(({ state }) => state === 'data').length,
    empty: panels('may-be-empty'),
    unasked,
  };
}
