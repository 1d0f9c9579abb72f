import type { Report } from '../contracts/report.ts';
import { effectColumns, effectRows } from './effect.ts';
import { experimentFacts, headFacts, probeColumns, probeRow } from './facts.ts';
import { formatTolerance } from './format.ts';
import { scoreTable } from './score-table.ts';

/** The report in Markdown (CommonMark with tables): for a pull request, an issue, a wiki. */
export function renderMarkdown(report: Report): string {
  const { validation } = report;
  const sections = [
    `# ${plain(report.campaign)}: ${report.verdict}`,
    plain(report.reason),
    facts(headFacts(report)),
    ...score(report),
    ...report.experiments.flatMap((experiment, index) => [
      `## ${index + 1}. ${plain(experiment.name)}: ${experiment.verdict}`,
      `${code(experiment.fault)}. ${plain(experiment.reason)}`,
      facts(experimentFacts(experiment)),
      ...(experiment.probes.length === 0
        ? []
        : [
            table(
              probeColumns,
              experiment.probes.map((probe) => probeRow(probe, formatTolerance(probe.tolerance, probe.unit))),
            ),
          ]),
      ...effect(experiment),
    ]),
    ...(validation === null
      ? []
      : [
          `## Validation: ${validation.ok ? 'Passed' : 'Failed'}`,
          list(validation.checks.map(({ name, ok, detail }) => `${ok ? 'ok' : '**failed**'} ${plain(name)}: ${plain(detail)}`)),
        ]),
    ...(report.findings.length === 0 ? [] : ['## Findings']),
    ...report.findings.flatMap(({ title, severity, rule, evidence, fix }) => [
      `### ${plain(title)}`,
      `${severity}, rule ${code(rule)}`,
      list(evidence.map(plain)),
      ...(fix === null ? [] : ['Fix:', fence(fix)]),
    ]),
    ...section(
      'Refused',
      report.refusals.map(({ code: name, subject, message }) => `${code(name)} ${plain(`${subject}: ${message}`)}`),
    ),
    ...section(
      'Warnings',
      report.warnings.map(({ code: name, path, message }) => `${code(name)} ${plain(`${path}: ${message}`)}`),
    ),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function score({ score: value, scoreTerms: terms }: Report): string[] {
  if (terms.length === 0) return [];
  const { columns, rows, sum, result } = scoreTable(value, terms);
  return ['## Score', table(columns, [...rows, sum]), plain(result)];
}

function effect(experiment: Report['experiments'][number]): string[] {
  const rows = effectRows(experiment);
  return rows.length === 0 ? [] : [table(effectColumns, rows)];
}

function section(title: string, entries: string[]): string[] {
  return entries.length === 0 ? [] : [`## ${title}`, list(entries)];
}

function facts(pairs: readonly (readonly [string, string])[]): string {
  return table(
    ['', ''],
    pairs.map(([label, text]) => [label, text]),
  );
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...rows.map(line)].join('\n');
}

function list(entries: readonly string[]): string {
  return entries.map((entry) => `- ${entry}`).join('\n');
}

/** Text of a document or a cluster that must not become markup: of Markdown, or of the HTML that Markdown lets through. */
function plain(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s*\n\s*/g, ' ');
}

function code(text: string): string {
  return `\`${text.replaceAll(/[`\n]/g, ' ')}\``;
}

/** A fence longer than any in the text. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}\n${text}\n${marks}`;
}
