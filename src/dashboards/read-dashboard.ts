import { z } from 'zod';
import { parseDuration } from '../campaign/units.ts';
import { allValues, type Dashboard, type DashboardVariable, type PanelQuery } from '../contracts/dashboard.ts';

const defaultRangeSeconds = 6 * 3_600;
/** No dashboard that people look at has more; each is a query. */
const mostQueries = 200;

const reference = z.union([z.string(), z.looseObject({ type: z.string().nullish(), uid: z.string().nullish() })]).nullish();
const target = z.looseObject({ expr: z.string().optional(), hide: z.boolean().nullish(), datasource: reference });
const basePanel = z.looseObject({
  title: z.string().nullish(),
  type: z.string().nullish(),
  datasource: reference,
  targets: z.array(target).nullish(),
  libraryPanel: z.unknown().optional(),
  fieldConfig: z.looseObject({ defaults: z.looseObject({ noValue: z.string().nullish() }).nullish() }).nullish(),
});
const panel = basePanel.extend({ panels: z.array(basePanel).nullish() });
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const texts = z.union([text.transform((one) => [one]), z.array(text)]);
const variable = z.looseObject({
  name: z.string(),
  type: z.string(),
  query: z.unknown().optional(),
  definition: z.string().nullish(),
  current: z.looseObject({ value: texts.nullish() }).nullish(),
  options: z.array(z.looseObject({ value: texts.nullish() })).nullish(),
  multi: z.boolean().nullish(),
  includeAll: z.boolean().nullish(),
  allValue: z.string().nullish(),
  regex: z.string().nullish(),
});
const model = z.looseObject({
  title: z.string(),
  panels: z.array(panel),
  templating: z.looseObject({ list: z.array(variable).nullish() }).nullish(),
  time: z.looseObject({ from: z.string().nullish() }).nullish(),
});

type Panel = z.output<typeof basePanel>;

export type ReadDashboard = { ok: true; dashboard: Dashboard } | { ok: false; found: string; expected: string };

/** Reads a dashboard as Grafana exports it, or as its API answers: the same in `dashboard`. */
export function readDashboard(value: unknown): ReadDashboard {
  const read = model.safeParse(unwrapped(value));
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue?.path.join('.') || 'the dashboard';
    return {
      ok: false,
      found: `${place}: ${issue?.message ?? 'unreadable'}`,
      expected: "a dashboard's JSON as Grafana exports it (its classic model)",
    };
  }
  const { title, panels, templating, time } = read.data;
  const all = panels.flatMap((one): Panel[] => [one, ...(one.panels ?? [])]);
  const queries = all.flatMap(queriesOf);
  if (queries.length > mostQueries) return { ok: false, found: `${queries.length} queries`, expected: `at most ${mostQueries}` };
  return {
    ok: true,
    dashboard: {
      title,
      rangeSeconds: rangeOf(time?.from ?? ''),
      variables: (templating?.list ?? []).map(variableOf),
      queries,
      unasked: all.flatMap((one) => {
        const why = whyUnasked(one);
        return why === undefined ? [] : [{ panel: titleOf(one), why }];
      }),
    },
  };
}

function unwrapped(value: unknown): unknown {
  const inner = typeof value === 'object' && value !== null && 'dashboard' in value ? value.dashboard : undefined;
  return typeof inner === 'object' && inner !== null ? inner : value;
}

function titleOf({ title, type }: Panel): string {
  return title || `a panel without a title (${type ?? 'of no type'})`;
}

function queriesOf(one: Panel): PanelQuery[] {
  const noValue = one.fieldConfig?.defaults?.noValue;
  return (one.targets ?? []).flatMap((asked) => {
    if (asked.hide === true || asked.expr === undefined || asked.expr.trim() === '' || !isPrometheus(asked.datasource ?? one.datasource))
      return [];
    return [{ panel: titleOf(one), expr: asked.expr, ...(noValue ? { noValue } : {}) }];
  });
}

/** A source that is told by its name, or by a variable, may be a Prometheus. */
function isPrometheus(source: Panel['datasource']): boolean {
  if (typeof source !== 'object' || source === null || source.type == null) return true;
  return ['prometheus', 'grafana-amazonprometheus-datasource', 'grafana-azureprometheus-datasource'].includes(source.type);
}

function whyUnasked(one: Panel): string | undefined {
  if (queriesOf(one).length > 0) return undefined;
  if (one.libraryPanel !== undefined && (one.targets ?? []).length === 0)
    return 'it is a library panel, whose queries are not in the dashboard';
  const shown = (one.targets ?? []).filter(({ hide }) => hide !== true);
  if (shown.length === 0) return undefined;
  return 'it asks no Prometheus';
}

function variableOf(one: z.output<typeof variable>): DashboardVariable {
  const type =
    (['query', 'custom', 'constant', 'interval', 'textbox', 'datasource'] as const).find((known) => known === one.type) ?? 'other';
  const options = (one.options ?? []).flatMap(({ value }) => value ?? []).filter((value) => value !== allValues);
  return {
    name: one.name,
    type,
    query: queryText(one.query) || (one.definition ?? ''),
    current: one.current?.value ?? [],
    options,
    multi: one.multi ?? false,
    includeAll: one.includeAll ?? false,
    ...(one.allValue ? { allValue: one.allValue } : {}),
    ...(one.regex ? { regex: one.regex } : {}),
  };
}

/** Newer dashboards have it in an object. */
function queryText(query: unknown): string {
  if (typeof query === 'string') return query;
  return typeof query === 'object' && query !== null && 'query' in query && typeof query.query === 'string' ? query.query : '';
}

/** Of `now-6h`; a fixed time, or one that is rounded (`now/d`), counts as the default. */
function rangeOf(from: string): number {
  const [, back = ''] = /^now-(\d+[smhdwMy])$/.exec(from) ?? [];
  const days = /^(\d+)([dwMy])$/.exec(back);
  if (days !== null) return Number(days[1]) * { d: 1, w: 7, M: 30, y: 365 }[days[2] as 'd' | 'w' | 'M' | 'y'] * 86_400;
  const parsed = parseDuration(back, { maxMs: Number.MAX_SAFE_INTEGER });
  return parsed.ok ? parsed.value / 1_000 : defaultRangeSeconds;
}
