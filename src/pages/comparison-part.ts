import type { ComparedExperiment, Comparison } from '../contracts/comparison.ts';
import { comparedFacts, comparedFigures, howSure, secondsOf } from '../report/compare/comparison-text.ts';
import { escapeMarkup as text } from '../report/escape-markup.ts';
import { badge } from '../report/html/badge.ts';
import { dataTable } from '../report/html/data-table.ts';
import { section } from '../report/html/section.ts';
import { outcomeBadge } from './outcome-badge.ts';

/** Two runs side by side, as markup. */
export function comparisonPart(comparison: Comparison): string {
  const { campaign, outcome, reason, experiments, findings, document, tests, confidencePercent } = comparison;
  const facts = comparedFacts(comparison).map(([label, ...values]) => {
    const cell = (value: string) => (label === 'run' ? runLink(value) : label === 'verdict' ? badge(value) : text(value));
    return [text(label), ...values.map(cell)];
  });
  const changes = document.changes.map(({ path, before, after }) => [
    code(path),
    before === null ? 'nothing' : code(before),
    after === null ? 'nothing' : code(after),
  ]);
  return [
    `<h1>${text(campaign)}: two runs ${outcomeBadge(outcome)}</h1>\n<p>${text(reason)}.</p>`,
    dataTable({ caption: 'The runs', columns: ['what', 'before', 'after'], rows: facts }),
    ...experiments.map(experimentSection),
    ...findingsSection('Findings that came', findings.came),
    ...findingsSection('Findings that went', findings.went),
    ...findingsSection('Findings in both', findings.stayed),
    ...(changes.length === 0
      ? []
      : [
          section(
            'What the documents differ in',
            `${dataTable({ caption: 'Changes of the document', columns: ['where', 'before', 'after'], rows: changes })}${document.more === 0 ? '' : `<p>And ${document.more} more.</p>`}`,
          ),
        ]),
    `<p class="quiet">${text(howSure(tests, confidencePercent))}</p>`,
  ].join('\n');
}

function experimentSection({ name, fault, before, after, probes }: ComparedExperiment): string {
  const verdicts = [before, after].map((one) => (one === null ? 'not there' : badge(one.verdict))).join(' → ');
  const recovery = [before, after].map((one) => secondsOf(one?.recoverySeconds ?? null)).join(' → ');
  const rows = probes.map((probe) => [
    text(probe.name),
    outcomeBadge(probe.outcome),
    ...comparedFigures(probe).map(text),
    text(probe.reason),
  ]);
  const table = dataTable({ caption: `Probes of ${name}`, columns: ['probe', 'is', 'before', 'after', 'how that is known'], rows });
  return section(
    `${text(name)} ${verdicts}`,
    `<p><code>${text(fault)}</code>. Recovery ${text(recovery)}.</p>\n${probes.length === 0 ? '' : table}`,
  );
}

function findingsSection(title: string, findings: Comparison['findings']['came']): string[] {
  if (findings.length === 0) return [];
  return [section(title, `<ul>${findings.map(({ severity, title: told }) => `<li>${text(`${severity}: ${told}`)}</li>`).join('')}</ul>`)];
}

export function runLink(id: string): string {
  return `<a href="/runs/${encodeURIComponent(id)}">${text(id)}</a>`;
}

function code(value: string): string {
  return `<code>${text(value)}</code>`;
}
