import { escapeMarkup as text } from '../report/escape-markup.ts';
import { formatNumber, plural } from '../report/format.ts';
import { loadEcharts } from '../report/load-echarts.ts';

/** A run that has a score. */
export interface ScoredRun {
  campaign: string;
  score: number;
  /** ISO 8601 */
  endedAt: string;
}

const mostCampaigns = 8;
const size = { width: 960, height: 260 };
/** Each has a contrast of at least 3 to 1 on a light and on a dark ground, and a mark of its own. */
const colors = ['#2f7ed8', '#c9541b', '#2a8a4a', '#9b59b6', '#a67c00', '#c2477f', '#5f7d8c', '#7a6ff0'];
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow', 'emptyCircle'];
const axisColor = '#7d858d';

/** Scores over time, a line for each campaign with two runs at least, as a figure; empty: there is none. */
export async function scoreChart(runs: readonly ScoredRun[]): Promise<string> {
  const all = [...Map.groupBy(runs, ({ campaign }) => campaign)]
    .filter(([, of]) => of.length > 1)
    .toSorted(([, a], [, b]) => b.length - a.length);
  const shown = all
    .slice(0, mostCampaigns)
    .map(([campaign, of]): [string, ScoredRun[]] => [campaign, of.toSorted((a, b) => a.endedAt.localeCompare(b.endedAt))]);
  if (shown.length === 0) return '';
  const svg = await draw(shown);
  const left = all.length - shown.length;
  const caption = [...shown.map(tell), ...(left === 0 ? [] : [`${left} more campaigns are not drawn`])].join('; ');
  return `<figure>\n<div role="img" aria-label="Scores over time">${svg}</div>\n<figcaption>${text(caption)}.</figcaption>\n</figure>`;
}

async function draw(shown: readonly (readonly [string, ScoredRun[]])[]): Promise<string> {
  const { init } = await loadEcharts();
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({
      animation: false,
      useUTC: true,
      color: colors,
      grid: { left: 44, right: 16, top: 36, bottom: 28 },
      legend: { top: 0, type: 'plain' },
      xAxis: { type: 'time', axisLine: { lineStyle: { color: axisColor } } },
      yAxis: { type: 'value', min: 0, max: 100, splitLine: { lineStyle: { color: axisColor, opacity: 0.3 } } },
      series: shown.map(([campaign, of], index) => ({
        type: 'line',
        name: campaign,
        symbol: symbols[index] ?? 'circle',
        symbolSize: 8,
        data: of.map(({ endedAt, score }) => [endedAt, score]),
      })),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** What is drawn, for those who do not see it. */
function tell([campaign, runs]: readonly [string, readonly ScoredRun[]]): string {
  const scores = runs.map(({ score }) => score);
  const last = scores.at(-1) ?? null;
  return `${campaign}: ${plural(runs.length, 'run')}, ${formatNumber(Math.min(...scores))} to ${formatNumber(Math.max(...scores))}, last ${formatNumber(last)}`;
}
