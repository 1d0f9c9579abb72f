import { allValues, type Dashboard, type DashboardVariable } from '../contracts/dashboard.ts';
import { errorMessage } from '../error-message.ts';
import { interpolate, type VariableValue } from './interpolate.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import { takeValues } from './take-values.ts';

/** Of a data source whose scrape interval is not told, as Grafana takes it. */
const intervalSeconds = 15;
/** Four scrapes: what Grafana makes of `$__rate_interval`. */
const rateIntervalSeconds = 60;

export interface Resolved {
  value: VariableValue;
  variable?: Pick<DashboardVariable, 'multi' | 'includeAll'>;
  /** why it stands for nothing; absent: it stands for something */
  problem?: string;
}

/**
 * What a dashboard's variables stand for when somebody opens it: what is given, else what was chosen when it was saved and is still there,
 * else every value, else the first one. Queries are asked from Prometheus.
 */
export async function resolveVariables(
  { variables, rangeSeconds }: Pick<Dashboard, 'variables' | 'rangeSeconds'>,
  given: Readonly<Record<string, readonly string[]>>,
  prometheus: PrometheusSource,
): Promise<Map<string, Resolved>> {
  const resolved = builtIn(rangeSeconds);
  for (const variable of inOrder(variables)) {
    const values = given[variable.name];
    resolved.set(variable.name, values === undefined ? await resolve(variable, resolved, prometheus) : { value: { values }, variable });
  }
  return resolved;
}

function builtIn(rangeSeconds: number): Map<string, Resolved> {
  const now = Date.now();
  const texts: Record<string, string> = {
    __interval: `${intervalSeconds}s`,
    __interval_ms: String(intervalSeconds * 1_000),
    __rate_interval: `${rateIntervalSeconds}s`,
    __rate_interval_ms: String(rateIntervalSeconds * 1_000),
    __range: `${rangeSeconds}s`,
    __range_s: String(rangeSeconds),
    __range_ms: String(rangeSeconds * 1_000),
    __from: String(now - rangeSeconds * 1_000),
    __to: String(now),
  };
  return new Map(Object.entries(texts).map(([name, raw]) => [name, { value: { raw } }]));
}

/** Those that others ask by come before them. What goes in circles stays as it is written. */
function inOrder(variables: readonly DashboardVariable[]): DashboardVariable[] {
  const ordered: DashboardVariable[] = [];
  const names = new Set(variables.map(({ name }) => name));
  let rest = [...variables];
  while (rest.length > 0) {
    const done = new Set(ordered.map(({ name }) => name));
    const waits = ({ name, query }: DashboardVariable) =>
      interpolate(query, new Map()).unknown.some((asked) => asked !== name && names.has(asked) && !done.has(asked));
    const ready = rest.filter((variable) => !waits(variable));
    ordered.push(...(ready.length > 0 ? ready : rest));
    rest = ready.length > 0 ? rest.filter((variable) => !ready.includes(variable)) : [];
  }
  return ordered;
}

async function resolve(variable: DashboardVariable, known: ReadonlyMap<string, Resolved>, prometheus: PrometheusSource): Promise<Resolved> {
  switch (variable.type) {
    case 'datasource':
    case 'other':
      return { value: { values: variable.current } };
    case 'constant':
    case 'textbox':
      return { value: { values: variable.current.length > 0 ? variable.current : [variable.query] } };
    case 'interval': {
      const written = [...variable.current, ...variable.query.split(',')].map((one) => one.trim());
      return { value: { raw: written.find((one) => /^\d/.test(one)) ?? `${intervalSeconds}s` } };
    }
    case 'custom': {
      const written = variable.query.split(/(?<!\\),/).map((one) => (one.split(' : ').at(-1) ?? '').trim());
      return choose(variable, variable.options.length > 0 ? variable.options : written.filter((one) => one !== ''));
    }
    case 'query':
      try {
        return choose(variable, await ask(variable, known, prometheus));
      } catch (error) {
        return { value: { values: [] }, variable, problem: `$${variable.name} cannot be asked: ${errorMessage(error)}` };
      }
  }
}

function choose(variable: DashboardVariable, options: readonly string[]): Resolved {
  const { name, current, includeAll, allValue, query } = variable;
  const still = current.filter((value) => options.includes(value));
  const [first] = options;
  if (still.length > 0) return { value: { values: still }, variable };
  if (first === undefined && allValue === undefined) {
    return { value: { values: [] }, variable, problem: `$${name} has no values: ${query} gives none` };
  }
  if (includeAll || current.includes(allValues))
    return { value: allValue === undefined ? { values: options } : { raw: allValue }, variable };
  return { value: { values: first === undefined ? [] : [first] }, variable };
}

async function ask(
  { query, regex }: DashboardVariable,
  known: ReadonlyMap<string, Resolved>,
  prometheus: PrometheusSource,
): Promise<string[]> {
  const { text } = interpolate(query.trim(), known);
  const values = (await answers(text, prometheus)).toSorted();
  return regex === undefined ? values : takeValues(values, regex);
}

async function answers(query: string, prometheus: PrometheusSource): Promise<string[]> {
  const [, ofSeries, ofLabel] = /^label_values\((?:(.+),)?\s*([A-Za-z_]\w*)\s*\)$/s.exec(query) ?? [];
  if (ofLabel !== undefined) return prometheus.labelValues(ofLabel, ofSeries?.trim());
  const [, pattern] = /^metrics\((.*)\)$/s.exec(query) ?? [];
  if (pattern !== undefined) return takeValues(await prometheus.labelValues('__name__'), `^.*${pattern.trim()}.*$`);
  if (/^label_names\(\s*\)$/.test(query)) return prometheus.labelNames();
  const [, expr] = /^query_result\((.*)\)$/s.exec(query) ?? [];
  const series = await prometheus.query(expr ?? query);
  return series.map(({ labels, value }) => {
    const { __name__ = '', ...others } = labels;
    const list = Object.entries(others).map(([label, text]) => `${label}="${text}"`);
    return `${__name__}${list.length === 0 ? '' : `{${list.join(', ')}}`} ${value}`.trim();
  });
}
