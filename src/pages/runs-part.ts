import type { ListQuery } from '../api/list-query.ts';
import type { RunPage } from '../api/list-runs.ts';
import type { RunResource } from '../api/run-resource.ts';
import { escapeMarkup as text } from '../report/escape-markup.ts';
import { formatDuration, formatNumber } from '../report/format.ts';
import { badge } from '../report/html/badge.ts';
import { dataTable } from '../report/html/data-table.ts';
import { runLink } from './comparison-part.ts';

export interface RunsPart {
  page: RunPage;
  query: ListQuery;
  /** what the query may be: `phase` and `verdict` */
  choices: { phase: readonly string[]; verdict: readonly string[] };
  /** markup; empty: there is nothing to draw */
  chart: string;
  now: number;
}

/** The list of runs with its filters, as markup. */
export function runsPart({ page, query, choices, chart, now }: RunsPart): string {
  const { runs, nextCursor } = page;
  const rows = runs.map((run) => row(run, now));
  const columns = ['run', 'on', 'phase', 'verdict', 'score', 'started (UTC)', 'took', 'compare'];
  const table = dataTable({ caption: 'Runs', columns, rows });
  return `<h1>Runs</h1>
${filters(query, choices)}
${chart}
${
  runs.length === 0
    ? '<p>There is no such run.</p>'
    : `<form action="/compare" method="get">\n${table}\n<p>${runs.length > 1 ? '<button type="submit">Compare the two chosen</button>' : ''}</p>\n</form>`
}
${nextCursor === null ? '' : `<p><a rel="next" href="/runs?${text(nextPage(query, nextCursor))}">Earlier runs</a></p>`}`;
}

function row({ id, campaign, cluster, namespace, phase, verdict, score, startedAt, endedAt }: RunResource, now: number): string[] {
  const took = (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt);
  const pick = (name: 'a' | 'b', label: string) =>
    `<label><input type="radio" name="${name}" value="${text(id)}" required aria-label="${text(`${label}: ${id}`)}"> ${label}</label>`;
  return [
    runLink(id),
    text(`${cluster ?? '–'}/${namespace ?? '–'}`),
    phase === null ? '–' : text(phase),
    verdict === null ? '–' : badge(verdict),
    formatNumber(score),
    `<time datetime="${text(startedAt)}">${text(startedAt.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ''))}</time>`,
    text(formatDuration(took)),
    endedAt === null || campaign === null ? '–' : `<span class="pick">${pick('a', 'before')} ${pick('b', 'after')}</span>`,
  ];
}

/** The same filters as `GET /v1/runs` has; those that are not here can be written in the address. */
function filters(query: ListQuery, choices: RunsPart['choices']): string {
  const input = (name: keyof ListQuery, label: string, more = '') =>
    `<label>${label} <input name="${name}" value="${text(String(query[name] ?? ''))}"${more}></label>`;
  const select = (name: 'phase' | 'verdict', label: string) => {
    const options = choices[name].map((value) => `<option${query[name] === value ? ' selected' : ''}>${text(value)}</option>`);
    return `<label>${label} <select name="${name}"><option value="">any</option>${options.join('')}</select></label>`;
  };
  const others = (['schedule', 'scoreMin', 'scoreMax', 'startedAfter', 'startedBefore', 'endedAfter', 'endedBefore'] as const).flatMap(
    (name) => (query[name] === undefined ? [] : [`<input type="hidden" name="${name}" value="${text(String(query[name]))}">`]),
  );
  return `<form class="fields" action="/runs" method="get" aria-label="Filters">
${input('campaign', 'Campaign')}
${input('cluster', 'Cluster', ' size="10"')}
${input('namespace', 'Namespace', ' size="10"')}
${select('phase', 'Phase')}
${select('verdict', 'Verdict')}
${others.join('')}<button type="submit">Filter</button>
</form>`;
}

function nextPage(query: ListQuery, cursor: string): string {
  const given = Object.entries({ ...query, cursor }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return new URLSearchParams(given).toString();
}
