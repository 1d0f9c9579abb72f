import type { Dashboard } from '../contracts/dashboard.ts';
import { errorMessage } from '../error-message.ts';
import { interpolate } from './interpolate.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import { type Resolved, resolveVariables } from './resolve-variables.ts';

/** Queries that are asked side by side. */
const together = 6;

export interface CheckOptions {
  /** values for the dashboard's variables, in place of those it opens with */
  variables: Readonly<Record<string, readonly string[]>>;
  /** titles of panels that may have no data */
  mayBeEmpty: readonly string[];
}

export interface QueryCheck {
  panel: string;
  /** as the panel has it */
  query: string;
  /** as it was asked */
  asked: string;
  /** `may-be-empty`: there are no data, and that was expected */
  state: 'data' | 'may-be-empty' | 'empty' | 'failed';
  /** what came back */
  answer: string;
}

export interface DashboardCheck {
  dashboard: string;
  queries: QueryCheck[];
  /** panels that were not asked, and why */
  unasked: Dashboard['unasked'];
  /** mistakes in what was said of the dashboard: a panel or a variable that it has not */
  mistakes: string[];
}

/** Asks every query of a dashboard once, as it would when somebody opened it now. */
export async function checkDashboard(dashboard: Dashboard, options: CheckOptions, prometheus: PrometheusSource): Promise<DashboardCheck> {
  const { title, queries, unasked } = dashboard;
  const resolved = await resolveVariables(dashboard, options.variables, prometheus);
  const checks: QueryCheck[] = [];
  const waiting = [...queries.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, query] = next;
      const expected = query.noValue !== undefined || options.mayBeEmpty.includes(query.panel);
      checks[index] = { panel: query.panel, query: query.expr, ...(await ask(query.expr, expected, resolved, prometheus)) };
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  return { dashboard: title, queries: checks, unasked, mistakes: mistakesOf(dashboard, options) };
}

/** Whether somebody who looks at the dashboard during a run would see what happens. */
export function isBlind({ queries, mistakes }: DashboardCheck): boolean {
  return mistakes.length > 0 || queries.some(({ state }) => state === 'empty' || state === 'failed');
}

async function ask(
  expr: string,
  mayBeEmpty: boolean,
  resolved: ReadonlyMap<string, Resolved>,
  prometheus: PrometheusSource,
): Promise<Pick<QueryCheck, 'asked' | 'state' | 'answer'>> {
  const { text: asked, unknown } = interpolate(expr, resolved);
  const hints = [
    ...unknown.map((name) => `the dashboard has no variable $${name}`),
    ...[...resolved].flatMap(([name, { problem }]) => (problem !== undefined && mentions(expr, name) ? [problem] : [])),
  ];
  const said = (answer: string) => [answer, ...hints].join('; ');
  try {
    const series = await prometheus.query(asked);
    const numbers = series.filter(({ value }) => !Number.isNaN(value));
    if (numbers.length > 0) return { asked, state: 'data', answer: `${numbers.length} series` };
    const answer = series.length === 0 ? 'no series' : `${series.length} series, each not a number (NaN)`;
    return { asked, state: mayBeEmpty ? 'may-be-empty' : 'empty', answer: said(answer) };
  } catch (error) {
    return { asked, state: 'failed', answer: said(errorMessage(error)) };
  }
}

function mentions(expr: string, name: string): boolean {
  return interpolate(expr, new Map()).unknown.includes(name);
}

function mistakesOf({ queries, variables }: Dashboard, { variables: given, mayBeEmpty }: CheckOptions): string[] {
  const panels = new Set(queries.map(({ panel }) => panel));
  const names = new Set(variables.map(({ name }) => name));
  return [
    ...(queries.length === 0 ? ['none of its panels asks a Prometheus'] : []),
    ...mayBeEmpty.filter((panel) => !panels.has(panel)).map((panel) => `it has no panel ${JSON.stringify(panel)} that asks Prometheus`),
    ...Object.keys(given).flatMap((name) => (names.has(name) ? [] : [`it has no variable ${JSON.stringify(name)}`])),
  ];
}
