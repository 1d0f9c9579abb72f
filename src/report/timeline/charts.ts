import type { EChartsOption, SeriesOption, XAXisComponentOption, YAXisComponentOption } from 'echarts';
import { formatCondition, formatNumber } from '../format.ts';
import { percentile } from '../statistics.ts';
import { type Panel, size } from './layout.ts';
import type { Measured } from './measured.ts';
import { colors } from './shapes.ts';
import type { Timeline } from './timeline.ts';

/** A chart on the shared axis of time. */
export interface Chart {
  panel: Panel;
  yAxis: YAXisComponentOption;
  series: SeriesOption[];
}

/** Writes acknowledged, upwards, and not acknowledged, downwards: told apart by their place, not by colour alone. */
export function writesChart({ writes, bucketMs }: Timeline, panel: Panel): Chart {
  const at = ({ at }: { at: number }) => at + bucketMs / 2;
  return {
    panel,
    yAxis: valueAxis({ minInterval: 1, axisLabel: { formatter: (value: number) => String(Math.abs(value)) } }),
    series: [
      bars(writes.map((bucket) => [at(bucket), bucket.acknowledged])),
      bars(
        writes.map((bucket) => [at(bucket), -bucket.failed]),
        colors.bad,
      ),
    ],
  };

  function bars(data: [number, number][], color: string = colors.good): SeriesOption {
    return { type: 'bar', stack: 'writes', data, itemStyle: { color }, barMaxWidth: 14, barMinWidth: 2, ...plain };
  }
}

/** Samples that were not as expected, the unanswered ones on top with an outline only. */
export function missedChart({ missed, bucketMs }: Timeline, panel: Panel): Chart {
  const bars = (of: 'outside' | 'unanswered', itemStyle: object): SeriesOption => ({
    type: 'bar',
    stack: 'missed',
    data: missed.map((bucket) => [bucket.at + bucketMs / 2, bucket[of]]),
    itemStyle,
    barMaxWidth: 14,
    barMinWidth: 2,
    ...plain,
  });
  return {
    panel,
    yAxis: valueAxis({ minInterval: 1 }),
    series: [bars('outside', { color: colors.bad }), bars('unanswered', { color: 'transparent', borderColor: colors.bad, borderWidth: 1 })],
  };
}

/** A latency's percentiles, told apart by how their lines are drawn; of anything else the median. */
export function measuredChart({ bucketMs }: Timeline, measured: Measured, panel: Panel): Chart {
  const scale = scaleOf(measured);
  const line = (of: 'p50' | 'p95' | 'p99', lineType: 'solid' | 'dashed' | 'dotted'): SeriesOption => ({
    type: 'line',
    data: withGaps(measured.buckets, bucketMs).map(([at, bucket]) => [at, bucket?.[of] ?? null]),
    symbol: of === 'p50' ? 'circle' : 'none',
    showAllSymbol: true,
    symbolSize: 3,
    lineStyle: { color: colors.link, width: of === 'p99' ? 2 : 1.5, type: lineType },
    itemStyle: { color: colors.link },
    ...plain,
    ...(of === 'p50' && scale.limit !== undefined && { markLine: limitLine(scale.limit) }),
  });
  const series = measured.isLatency ? [line('p99', 'dotted'), line('p95', 'dashed'), line('p50', 'solid')] : [line('p50', 'solid')];
  return { panel, yAxis: scale.axis, series };
}

/** Logarithmic where a latency spans so much that a linear axis hid the most of it; with the limit, unless that were far off. */
function scaleOf({ buckets, limit: tolerance, isLatency }: Measured): { axis: YAXisComponentOption; limit: number | undefined } {
  const values = buckets.flatMap(({ p50, p99 }) => [p50, p99]);
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const isLogarithmic = isLatency && least > 0 && most / least >= 50;
  const limit = tolerance?.value !== undefined && tolerance.value <= most * (isLogarithmic ? 20 : 2) ? tolerance.value : undefined;
  const top = Math.max(most, limit ?? most);
  const axis: YAXisComponentOption = isLogarithmic
    ? ({
        ...valueAxis(),
        type: 'log',
        min: 10 ** Math.floor(Math.log10(least)),
        max: 10 ** Math.ceil(Math.log10(top)),
      } as YAXisComponentOption)
    : valueAxis({ scale: !isLatency, ...(top > most && { max: top }) });
  return { axis, limit };
}

/** What a panel of it is called. */
export function headingOf({ probe, unit, isLatency, limit }: Measured, bucket: string): string {
  const what = isLatency ? `p50 solid, p95 dashed, p99 dotted, of every ${bucket}` : `median of every ${bucket}`;
  return `${probe}${unit === '' ? '' : ` in ${unit}`}: ${what}${limit === null ? '' : `; expected ${formatCondition(limit, unit)}`}`;
}

const plain = { silent: true, animation: false, clip: false, emphasis: { disabled: true } } as const;

function limitLine(value: number) {
  return {
    silent: true,
    animation: false,
    symbol: 'none',
    data: [{ yAxis: value }],
    lineStyle: { color: colors.warn, type: 'dashed' as const, width: 1.5 },
    label: { show: true, position: 'insideEndBottom' as const, formatter: 'limit', color: colors.warn, fontSize: 11 },
  };
}

function valueAxis(option: object = {}): YAXisComponentOption {
  const axis: YAXisComponentOption = {
    type: 'value',
    splitNumber: 3,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colors.line } },
    ...option,
    axisLabel: {
      color: colors.quiet,
      fontSize: 11,
      hideOverlap: true,
      formatter: (value: number) => formatNumber(value),
      ...('axisLabel' in option && typeof option.axisLabel === 'object' ? option.axisLabel : {}),
    },
  };
  return axis;
}

/** Each bucket at its middle; nothing between two that lie further apart than they usually do, so that no line joins them. */
function withGaps(buckets: Measured['buckets'], bucketMs: number): [number, Measured['buckets'][number] | null][] {
  const gaps = buckets.slice(1).map(({ at }, index) => at - (buckets[index]?.at ?? at));
  const usual = percentile(gaps, 50) ?? bucketMs;
  return buckets.flatMap((bucket, index): [number, Measured['buckets'][number] | null][] => {
    const point: [number, Measured['buckets'][number]] = [bucket.at + bucketMs / 2, bucket];
    return (gaps[index - 1] ?? 0) > 1.5 * usual ? [[bucket.at - bucketMs / 2, null], point] : [point];
  });
}

/** The charts as echarts takes them: each a grid with the shared axis of time, which is written at `axes` alone. */
export function chartOption(
  { from, to }: Timeline,
  charts: readonly Chart[],
  axes: readonly { top: number; height: number; labels: 'top' | 'bottom' }[],
): Pick<EChartsOption, 'grid' | 'xAxis' | 'yAxis' | 'series'> {
  const inner = { left: size.left, right: size.width - size.right };
  const isLong = to - from > 36 * 3_600_000;
  const timeAxis = (gridIndex: number, labels: 'top' | 'bottom' | null): XAXisComponentOption => ({
    type: 'time',
    gridIndex,
    min: from,
    max: to,
    position: labels ?? 'bottom',
    axisLine: { show: labels !== null, lineStyle: { color: colors.line } },
    axisTick: { show: labels !== null, lineStyle: { color: colors.line } },
    splitLine: { show: labels === 'bottom', lineStyle: { color: colors.line } },
    // Else a chart with bars had another axis than the rest.
    containShape: false,
    axisLabel: {
      show: labels !== null,
      color: colors.quiet,
      fontSize: 11,
      hideOverlap: true,
      formatter: isLong ? '{MM}-{dd} {HH}:{mm}' : '{HH}:{mm}:{ss}',
    },
  });
  return {
    grid: [
      ...charts.map(({ panel }) => ({ ...inner, top: panel.top, height: panel.height })),
      ...axes.map(({ top, height }) => ({ ...inner, top, height })),
    ],
    xAxis: [
      ...charts.map((_, index) => timeAxis(index, null)),
      ...axes.map(({ labels }, index) => timeAxis(charts.length + index, labels)),
    ],
    yAxis: [
      ...charts.map(({ yAxis }, gridIndex) => ({ ...yAxis, gridIndex })),
      ...axes.map((_, index) => ({ type: 'value' as const, gridIndex: charts.length + index, show: false, min: 0, max: 1 })),
    ] as YAXisComponentOption[],
    series: charts.flatMap(({ series }, index) => series.map((one) => ({ ...one, xAxisIndex: index, yAxisIndex: index }) as SeriesOption)),
  };
}
