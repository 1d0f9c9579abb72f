import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { BigValueTextMode, GraphDrawStyle, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { datasource } from './variables.ts';

export interface PanelOptions {
  title: string;
  /** what it shows, and how to read it */
  description: string;
  /** PromQL, with the legend of its series */
  queries: readonly (readonly [expr: string, legend: string])[];
  /** Grafana's name of the unit */
  unit?: string;
  /** of 24 columns */
  width?: number;
  /** what the panel says when there is nothing to show; a panel without it must have data, and `squall check-dashboard` sees to it */
  noValue?: string;
}

/** Lines over time. */
export function lines(options: PanelOptions): Builder<Panel> {
  return common(new TimeSeriesBuilder(), { width: 8, ...options })
    .height(8)
    .lineWidth(1)
    .fillOpacity(8)
    .spanNulls(false)
    .legend(new VizLegendOptionsBuilder().showLegend(true));
}

/** Bars over time: for what happens now and then. */
export function bars(options: PanelOptions): Builder<Panel> {
  return common(new TimeSeriesBuilder(), { width: 8, ...options })
    .height(8)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .legend(new VizLegendOptionsBuilder().showLegend(true));
}

/** The values of now. */
export function stat(options: PanelOptions & { text?: BigValueTextMode }): Builder<Panel> {
  return common(new StatBuilder(), { width: 4, ...options })
    .height(4)
    .textMode(options.text ?? BigValueTextMode.Auto);
}

/** Which of several it was, over time. */
export function states(options: PanelOptions): Builder<Panel> {
  return common(new StateTimelineBuilder(), { width: 24, ...options }).height(6);
}

/** What all kinds of panels have. */
interface Common {
  title(title: string): this;
  description(description: string): this;
  datasource(reference: typeof datasource): this;
  unit(unit: string): this;
  span(width: number): this;
  noValue(text: string): this;
  withTarget(target: DataqueryBuilder): this;
}

function common<B extends Common>(builder: B, { title, description, queries, unit, width, noValue }: PanelOptions & { width: number }): B {
  builder.title(title).description(description).datasource(datasource).span(width);
  if (unit !== undefined) builder.unit(unit);
  if (noValue !== undefined) builder.noValue(noValue);
  for (const [index, [expr, legend]] of queries.entries()) {
    builder.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + index))
        .expr(expr)
        .legendFormat(legend)
        .range(),
    );
  }
  return builder;
}
