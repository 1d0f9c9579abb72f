import { escapeMarkup as text } from '../escape-markup.ts';
import { formatDuration } from '../format.ts';
import { loadEcharts } from '../load-echarts.ts';
import { type Chart, chartOption, headingOf, measuredChart, missedChart, writesChart } from './charts.ts';
import { eventShapes, faultShapes, leaderShapes, mostOutcomes, outcomeShapes, sampleShapes } from './lane-shapes.ts';
import { Stack, size, xOf } from './layout.ts';
import { colors, label, type Part, rect, type Shape } from './shapes.ts';
import type { Timeline } from './timeline.ts';

const chartHeight = 84;
const lowChartHeight = 48;
const dotRadius = 2;

/**
 * The timeline as SVG, to stand in a page that has the colours. Everything in it hangs on one axis of time, at its top and its
 * bottom.
 */
export async function drawTimeline(timeline: Timeline, description: string): Promise<string> {
  const { init } = await loadCharts();
  const { shapes, charts, headings, height, axes } = arrange(timeline);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: size.width, height });
  try {
    chart.setOption({
      animation: false,
      useUTC: true,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      ...chartOption(timeline, charts, axes),
      graphic: [...shapes, ...headings],
    });
    return embed(chart.renderToSVGString(), height, description);
  } finally {
    chart.dispose();
  }
}

let withMarks: Promise<typeof import('echarts')> | undefined;

function loadCharts(): Promise<typeof import('echarts')> {
  withMarks ??= loadEcharts().then((echarts) => {
    echarts.graphic.registerShape('marks', echarts.graphic.extendShape({ shape: { parts: [] }, buildPath: drawParts }));
    return echarts;
  });
  return withMarks;
}

/** What echarts draws a shape with; told here as far as it is used. */
interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  closePath(): void;
}

function drawParts(pen: Pen, { parts }: { parts: readonly Part[] }): void {
  for (const part of parts) {
    if ('dot' in part) {
      const [x, y] = part.dot;
      pen.moveTo(x + dotRadius, y);
      pen.arc(x, y, dotRadius, 0, 2 * Math.PI);
      continue;
    }
    for (const [index, [x, y]] of part.points.entries()) index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y);
    if (part.closed) pen.closePath();
  }
}

interface Arrangement {
  shapes: Shape[];
  headings: Shape[];
  charts: Chart[];
  height: number;
  axes: { top: number; height: number; labels: 'top' | 'bottom' }[];
}

function arrange(timeline: Timeline): Arrangement {
  const x = xOf(timeline);
  const stack = new Stack();
  const bucket = formatDuration(timeline.bucketMs);
  const shapes: Shape[] = [];
  const headings: Shape[] = [];
  const charts: Chart[] = [];
  const panel = (heading: string, height: number) => {
    const added = stack.add(heading, height);
    headings.push(label(heading, 8, added.top - size.heading / 2, { fontWeight: 600 }));
    return added;
  };
  const rows = (of: readonly unknown[]) => of.length * size.row;
  const { faults, leaders, outcomes, measured, missed, lanes, events } = timeline;
  if (faults.length > 0) {
    const heading =
      'Faults: filled while it held, outlined while watched; dashed line planned end, ◇ proven gone, line below until steady state';
    shapes.push(...faultShapes(timeline, panel(heading, (Math.max(...faults.map(({ row }) => row)) + 1) * size.row), x));
  }
  if (leaders.length > 0) shapes.push(...leaderShapes(timeline, panel('Leader: dashed where not seen throughout', size.row), x));
  if (timeline.writes.length > 0) {
    charts.push(
      writesChart(timeline, panel(`Writes of the probe: acknowledged up, not acknowledged down, every ${bucket}`, lowChartHeight)),
    );
  }
  if (outcomes.length > 0) {
    shapes.push(...outcomeShapes(timeline, panel('What the end of a fault told', rows(outcomes.slice(0, mostOutcomes))), x));
  }
  for (const one of measured) charts.push(measuredChart(timeline, one, panel(headingOf(one, bucket), chartHeight)));
  if (missed.length > 0) {
    charts.push(
      missedChart(
        timeline,
        panel(`Samples not as expected: outside the limit filled, no answer outlined, every ${bucket}`, lowChartHeight),
      ),
    );
  }
  if (lanes.length > 0) {
    shapes.push(...sampleShapes(timeline, panel('Samples of probes: ● as expected, ✕ outside the limit, ◇ no answer', rows(lanes)), x));
  }
  if (events.length > 0) shapes.push(...eventShapes(timeline, panel('Events of the cluster: ● normal, ▲ warning', rows(events)), x));
  const bottom = stack.bottom;
  const shades = faults.map(({ from, to }) =>
    rect(x(from), size.axis, Math.max(2, x(to ?? timeline.to) - x(from)), bottom - size.axis, { fill: colors.shade }, -1),
  );
  return {
    shapes: [...shades, ...shapes],
    headings,
    charts,
    height: bottom + size.axis,
    axes: [
      { top: size.axis, height: bottom - size.axis, labels: 'top' },
      { top: size.axis, height: bottom - size.axis, labels: 'bottom' },
    ],
  };
}

/** As a part of a page: its name and what it shows for those who do not see it, and nothing of echarts' own. */
function embed(svg: string, height: number, description: string): string {
  const head = `<svg class="timeline" viewBox="0 0 ${size.width} ${height}" role="img" aria-labelledby="timeline-title timeline-description" xmlns="http://www.w3.org/2000/svg">
<title id="timeline-title">Timeline of the run</title>
<desc id="timeline-description">${text(description)}</desc>`;
  return svg
    .replace(/^<svg[^>]*>/, head)
    .replace(/<rect [^>]*fill="none"><\/rect>\n?/, '')
    .replace(/<style ?>[\s\S]*?<\/style>\n?/, '')
    .replace(/<defs ?>[\s\S]*?<\/defs>\n?/, '')
    .replaceAll(/ clip-path="[^"]*"/g, '')
    .replaceAll(/ (?:ecmeta_[a-z_]+|class)="(?!timeline")[^"]*"/g, '')
    .replaceAll(/ (?:xml:space="preserve"|pointer-events="visible")/g, '');
}
