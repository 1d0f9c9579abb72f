import { z } from 'zod';
import type { DashboardSource, DashboardSpec, Preflight } from '../contracts/campaign.ts';
import { grafanaAddress } from '../dashboards/grafana-address.ts';
import { readDashboard } from '../dashboards/read-dashboard.ts';
import { isRecord } from './document.ts';
import { checkedMapping, field, list, mapping, optional, raise } from './fields.ts';
import { bad, describe, good, type Parsed, parseName, parseText, parseUrl } from './units.ts';

const mostDashboards = 10;
const sources = ['file', 'url', 'json'] as const;

const exampleUrl = 'http://grafana.monitoring.svc:3000/d/redis';

const dashboard = checkedMapping(
  {
    name: field((value) => parseName(value, 'redis')).optional(),
    file: z.unknown().optional(),
    url: field(parseGrafanaUrl).optional(),
    json: z
      .unknown()
      .transform((value, context) => parseJson(value, context))
      .optional(),
    prometheus: field(parseUrl).optional(),
    variables: field(parseVariables).default({}),
    mayBeEmpty: field(parseTitles).default([]),
  },
  (given, context) => {
    // a key that is there but wrong is not in `given`
    const written = sources.filter((key) => !(key in given) || given[key] !== undefined);
    if (given.file !== undefined) {
      const expected = "url or json here: a file is read by squall's command line, which puts what it has under json";
      raise(context, ['file'], describe(given.file), expected);
    }
    if (written.length !== 1)
      raise(context, [], written.length === 0 ? 'no dashboard' : written.join(' beside '), 'one of file, url and json');
  },
).transform(({ name, url, json, prometheus, variables, mayBeEmpty }): DashboardSpec => {
  const source: DashboardSource = json === undefined ? { url: url ?? '' } : { dashboard: json };
  return { source, variables, mayBeEmpty, ...optional({ name, prometheusUrl: prometheus }) };
});

/** What must be so before anything is touched. */
export const preflight = mapping({
  dashboards: list(dashboard).superRefine((all, context) => {
    if (all.length > mostDashboards) raise(context, [], `${all.length} dashboards`, `at most ${mostDashboards}`);
  }),
}).transform((given): Preflight => given);

function parseGrafanaUrl(value: unknown): Parsed<string> {
  return typeof value === 'string' && grafanaAddress(value) !== undefined
    ? good(value)
    : bad(value, `a dashboard's address as a browser shows it, for example ${exampleUrl}`);
}

/** A mapping as Grafana exports it, or its text. */
function parseJson(value: unknown, context: z.core.$RefinementCtx) {
  const read = readDashboard(typeof value === 'string' ? jsonOf(value) : value);
  if (read.ok) return read.dashboard;
  raise(context, [], read.found, read.expected);
  return z.NEVER;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseVariables(value: unknown): Parsed<Record<string, string[]>> {
  const expected = 'values of variables by their names, for example { namespace: shop, pod: [redis-0, redis-1] }';
  if (!isRecord(value)) return bad(value, expected);
  const parsed: [string, string[]][] = [];
  for (const [name, given] of Object.entries(value)) {
    const values: unknown[] = Array.isArray(given) ? given : [given];
    if (values.length === 0 || !values.every((one) => ['string', 'number', 'boolean'].includes(typeof one))) return bad(given, expected);
    parsed.push([name, values.map(String)]);
  }
  return good(Object.fromEntries(parsed));
}

/** Of panels; a title may have a comma. */
function parseTitles(value: unknown): Parsed<string[]> {
  if (!Array.isArray(value)) return bad(value, "a list of panels' titles, for example [Last election]");
  const titles: string[] = [];
  for (const one of value as unknown[]) {
    const title = parseText(one, 'Last election');
    if (!title.ok) return title;
    titles.push(title.value);
  }
  return good(titles);
}
