import type { JsonSchema } from '../../src/campaign/json-schema/forms.ts';

/** The keys of a mapping in a table of Markdown: what may be written for each, what holds without, what it means. */
export function keyTable(path: string, properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): string {
  const rows = Object.entries(properties).map(([key, form]) => [
    `\`${path === '' ? key : `${path}.${key}`}\`${required.includes(key) ? ' **required**' : ''}`,
    valuesOf(form),
    form.default === undefined ? '' : code(form.default),
    meaningOf(form),
    Array.isArray(form.examples) ? code(form.examples[0]) : '',
  ]);
  return table(['key', 'value', 'default', 'meaning', 'example'], rows);
}

/** What the table's own columns say is not said twice. */
function meaningOf({ description, default: fallback }: JsonSchema): string {
  const text = typeof description === 'string' ? description : '';
  return fallback === undefined ? text : text.replace(/; absent: .*$/, '');
}

function valuesOf(form: JsonSchema): string {
  const { enum: choices, const: only, type, pattern, minimum, maximum, anyOf, $ref: ref } = form;
  if (only !== undefined) return code(only);
  if (Array.isArray(choices)) return choices.length > 8 ? '[a fault](faults/README.md)' : choices.map(code).join(', ');
  if (ref === '#/definitions/experiment') return '[an experiment](#an-experiment)';
  if (Array.isArray(anyOf) && type === undefined) return anyOf.map((one) => valuesOf(one as JsonSchema)).join(', or ');
  if (type === 'array') return listOf(form.items as JsonSchema);
  if (Array.isArray(type) && type.includes('array')) return 'list';
  if (type === 'object') return 'mapping';
  const text = typeof pattern === 'string' ? pattern : '';
  if (type === 'string')
    return text.startsWith('^(?=') ? 'duration' : text === '\\S' ? 'text' : text.includes('[tT]') ? 'http or https URL' : 'name';
  if (text === '\\S') return 'text, or whole number';
  if (Array.isArray(type) && type.includes('boolean')) return '`true`, `false`';
  if (Array.isArray(type) && type.includes('integer') && !text.includes('%')) return `whole number${rangeOf(minimum, maximum)}`;
  if (text.endsWith('%?$')) return 'percentage';
  if (text.includes('%')) return 'whole number, or percentage';
  if (Array.isArray(type) && type.includes('number')) return `number${rangeOf(minimum, maximum)}`;
  return 'text, or mapping';
}

function listOf({ $ref: ref }: JsonSchema): string {
  if (ref === '#/definitions/probe') return 'list of [probes](#a-probe)';
  return ref === '#/definitions/stopCondition' ? 'list of [stop conditions](#a-stop-condition)' : 'list';
}

function rangeOf(minimum: unknown, maximum: unknown): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? `, at least ${String(minimum)}` : `, ${String(minimum)} to ${String(maximum)}`;
}

function code(value: unknown): string {
  const text = typeof value === 'string' ? value : Array.isArray(value) ? `[${value.join(', ')}]` : yamlOf(value);
  return `\`${text}\``;
}

/** A mapping on one line. */
function yamlOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${key}: ${String(one)}`)
    .join(', ')} }`;
}

export function table(heads: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
