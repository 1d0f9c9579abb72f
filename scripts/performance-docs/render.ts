import { type BenchPage, benchPages } from '../../bench/catalogue.ts';
import type { BenchResult } from '../../bench/result.ts';
import type { Spread } from '../../bench/spread.ts';
import { arithmetic } from './arithmetic.ts';
import { matrix, type Row, table } from './tables.ts';

const head = `# Performance

What squall takes, measured by \`npm run bench -- NAME\` on one machine, each figure beside what it is to be compared with **in the same run**.
Times of another machine are other times: the ratios are what holds. A bound that a bench asserts *holds* or is *broken*, and a broken one
stays here until it holds.

This page is made from \`bench/results/\`, by \`npm run docs\`; a test asserts that it is current. To repeat a bench, and to keep what it
found:

\`\`\`console
$ npm run bench -- inject --json bench/results/inject.json
$ npm run docs
\`\`\`

How to run squall for more than one worker can do is told in [scaling.md](scaling.md).
`;

/** docs/performance.md. `results`: one of each bench at most. */
export function renderPerformancePage(results: readonly BenchResult[]): string {
  const sections = benchPages.flatMap((page) => {
    const result = results.find(({ bench }) => bench === page.name);
    return [result === undefined ? unmeasured(page) : section(page, result)];
  });
  const sum = arithmetic(results);
  return `${head}\n${overview(results)}\n${sections.join('\n')}${sum === '' ? '' : `\n${sum}`}`;
}

function overview(results: readonly BenchResult[]): string {
  const rows = benchPages.flatMap((page): Row[] => {
    const result = results.find(({ bench }) => bench === page.name);
    if (result === undefined) return [];
    const broken = result.checks.filter(({ ok }) => !ok).length;
    const bounds = broken === 0 ? `all ${result.checks.length} hold` : `${broken} of ${result.checks.length} broken`;
    return [[`[${page.title}](#${page.name})`, bounds, result.at.slice(0, 10), machineOf(result)]];
  });
  return rows.length === 0 ? '' : table(['', 'bounds', 'measured on', 'machine'], rows);
}

function machineOf({ machine: { cpu, cores, memoryGiB, node } }: BenchResult): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}`;
}

function unmeasured({ name, title, about, minutes, needs }: BenchPage): string {
  return `## ${name}

**${title}.** ${about}

No result is kept yet. \`npm run bench -- ${name}\`: about ${minutes} minutes${needs === null ? '' : `; needs ${needs}`}.
`;
}

function section(page: BenchPage, result: BenchResult): string {
  const parts = [
    `## ${page.name}\n`,
    `**${page.title}.** ${page.about}\n`,
    ...spreadsPart(result.spreads ?? {}),
    ...breakdownsPart(result.breakdowns ?? {}),
    ...figuresPart(result.figures),
    ...(result.missing ?? []).map((what) => `Not measured: ${what}\n`),
    checksPart(result),
    `\`npm run bench -- ${page.name}\`: about ${page.minutes} minutes${page.needs === null ? '' : `; needs ${page.needs}`}.\n`,
  ];
  return parts.join('\n');
}

function spreadsPart(spreads: Record<string, Spread>): string[] {
  const entries = Object.entries(spreads);
  if (entries.length === 0) return [];
  const counts = entries.map(([, { count }]) => count);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const of = least === most ? `${most} measurements` : `${least} to ${most} measurements`;
  const cells = entries.map(([name, { median, p95 }]): [string, string] => [name, `${number(median)} (${number(p95)})`]);
  return [`Times in ms: the median, and in parentheses the 95th percentile, of ${of}.\n`, matrix(cells)];
}

/** One table for each thing that is divided; a column for each case. */
function breakdownsPart(breakdowns: Record<string, Record<string, number>>): string[] {
  const byWhat = new Map<string, [of: string, parts: Record<string, number>][]>();
  for (const [name, parts] of Object.entries(breakdowns)) {
    const [of, what] = splitName(name);
    byWhat.set(what, [...(byWhat.get(what) ?? []), [of, parts]]);
  }
  return [...byWhat].flatMap(([what, columns]) => {
    const names = [...new Set(columns.flatMap(([, parts]) => Object.keys(parts)))];
    const rows = names.map((name): Row => [name, ...columns.map(([, parts]) => (parts[name] ? number(parts[name]) : ''))]);
    return [
      `Where the time goes *${what}*: medians in ms, each part's own, so that they need not sum up to the whole's.\n`,
      table(['', ...columns.map(([of]) => of)], rows),
    ];
  });
}

function figuresPart(figures: Record<string, number | null>): string[] {
  const entries = Object.entries(figures);
  if (entries.length === 0) return [];
  return [
    table(
      ['', 'found'],
      entries.map(([name, value]): Row => [name, value === null ? 'not measured' : number(value)]),
    ),
  ];
}

function checksPart({ checks }: BenchResult): string {
  const rows = checks.map(
    ({ what, found, expected, ok }): Row => [ok ? 'holds' : '**broken**', what, found === null ? '' : number(found), expected],
  );
  return table(['', 'bound', 'found', 'expected'], rows);
}

function splitName(name: string): [of: string, what: string] {
  const at = name.indexOf(': ');
  return at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 2)];
}

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
