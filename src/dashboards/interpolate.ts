import type { DashboardVariable } from '../contracts/dashboard.ts';

/** What a variable stands for: one value or several, or a text that goes in as it is. */
export type VariableValue = { values: readonly string[] } | { raw: string };

export interface Interpolation {
  text: string;
  /** names that stand for nothing here: the dashboard has no such variable */
  unknown: string[];
}

/** `$name`, `${name}`, `${name:format}` and `[[name]]`, as Grafana reads them. */
const placeholder = /\$([A-Za-z_]\w*)|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]/g;

/** Puts values where a query names variables, in the form that PromQL wants them. */
export function interpolate(
  query: string,
  variables: ReadonlyMap<string, { value: VariableValue; variable?: Pick<DashboardVariable, 'multi' | 'includeAll'> }>,
): Interpolation {
  const unknown: string[] = [];
  const text = query.replace(placeholder, (whole, plain?: string, braced?: string, format?: string, old?: string, oldFormat?: string) => {
    const name = plain ?? braced ?? old ?? '';
    const found = variables.get(name);
    if (found === undefined) {
      unknown.push(name);
      return whole;
    }
    return 'raw' in found.value ? found.value.raw : formatted(found.value.values, format ?? oldFormat, found.variable);
  });
  return { text, unknown: [...new Set(unknown)] };
}

function formatted(
  values: readonly string[],
  format: string | undefined,
  variable: Pick<DashboardVariable, 'multi' | 'includeAll'> | undefined,
): string {
  const [first = ''] = values;
  switch (format) {
    case 'regex':
      return values.length === 1 ? regexEscaped(first) : `(${values.map(regexEscaped).join('|')})`;
    case 'pipe':
      return values.join('|');
    case 'csv':
    case 'raw':
    case 'text':
      return values.join(',');
    case 'doublequote':
      return values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(',');
    case 'singlequote':
      return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',');
    default:
      // As Grafana's Prometheus does: what may be several is a regular expression, one alone is text between quotes.
      if (variable?.multi !== true && variable?.includeAll !== true) return quoteEscaped(values.join(','));
      return values.length === 1 ? regexInQuotes(first) : `(${values.map(regexInQuotes).join('|')})`;
  }
}

function regexEscaped(value: string): string {
  return value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** In a PromQL string each backslash is written twice. */
function regexInQuotes(value: string): string {
  return regexEscaped(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

function quoteEscaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
