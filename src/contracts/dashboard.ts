/** What of a Grafana dashboard can be asked of Prometheus. */
export interface Dashboard {
  title: string;
  /** how far back it looks, in seconds */
  rangeSeconds: number;
  variables: DashboardVariable[];
  queries: PanelQuery[];
  /** panels that show something, and none of it from Prometheus by itself */
  unasked: { panel: string; why: string }[];
}

export interface DashboardVariable {
  name: string;
  type: 'query' | 'custom' | 'constant' | 'interval' | 'textbox' | 'datasource' | 'other';
  /** what its values come from: for `query` one of Prometheus, else the values as they are written */
  query: string;
  /** that was chosen when it was saved, or by default; `$__all`: every one */
  current: string[];
  options: string[];
  multi: boolean;
  includeAll: boolean;
  /** what stands for every value; absent: all of them, one or another */
  allValue?: string;
  /** which values are taken, and what of them */
  regex?: string;
}

export interface PanelQuery {
  panel: string;
  expr: string;
  /** what the panel says of no data: whoever made it expects that there may be none */
  noValue?: string;
}

/** What stands for every value of a variable. */
export const allValues = '$__all';
