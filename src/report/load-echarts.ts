let loading: Promise<typeof import('echarts')> | undefined;

/**
 * echarts, loaded when something is drawn for the first time: most processes never draw. Its one file takes a tenth of the time and a
 * fifth of the memory that the package's entry takes, which loads hundreds.
 */
export function loadEcharts(): Promise<typeof import('echarts')> {
  loading ??= import('echarts/dist/echarts.esm.min.mjs');
  return loading;
}
