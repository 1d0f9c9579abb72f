import type { Report } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { experimentFacts, headFacts, probeColumns, probeRow } from '../facts.ts';
import { formatTolerance } from '../format.ts';
import { badge } from './badge.ts';
import { dataTable } from './data-table.ts';
import { factsList } from './facts-list.ts';
import { type Page, renderPage } from './page.ts';
import { section } from './section.ts';

/** The report as one page that needs nothing else: readable on any screen, light or dark, and on paper. */
export function renderHtml(report: Report): string {
  return renderPage(reportPage(report));
}

/** What is on the report's page: also a part of the page on which a run was followed to its end. */
export function reportPage(report: Report): Page {
  const header = `<header>
<h1>${text(report.campaign)} ${badge(report.verdict)}</h1>
<p>${text(report.reason)}</p>
${factsList(headFacts(report))}
</header>`;
  const body = [header, ...experiments(report), ...validation(report), ...findings(report), ...lists(report)].join('\n');
  return { title: `${report.campaign}: ${report.verdict}`, body };
}

function experiments(report: Report): string[] {
  return report.experiments.map((experiment, index) =>
    section(
      `${index + 1}. ${text(experiment.name)} ${badge(experiment.verdict)}`,
      `<p><code>${text(experiment.fault)}</code>. ${text(experiment.reason)}</p>
${factsList(experimentFacts(experiment))}
${experiment.probes.length === 0 ? '' : probes(experiment)}`,
    ),
  );
}

function probes({ name, probes: all }: Report['experiments'][number]): string {
  const rows = all.map((probe) => {
    const [title = '', verdict = '', ...rest] = probeRow(probe, formatTolerance(probe.tolerance, probe.unit));
    return [text(title), badge(verdict), ...rest.map(text)];
  });
  return dataTable({ caption: `Probes of ${name}`, columns: probeColumns, rows });
}

function validation({ validation: found }: Report): string[] {
  if (found === null) return [];
  const checks = found.checks.map(({ name, ok, detail }) => `<li>${badge(ok ? 'Passed' : 'Failed')} ${text(`${name}: ${detail}`)}</li>`);
  return [section(`Validation ${badge(found.ok ? 'Passed' : 'Failed')}`, `<ul>${checks.join('')}</ul>`)];
}

function findings({ findings: found }: Report): string[] {
  if (found.length === 0) return [];
  const told = found.map(
    ({ title, severity, rule, evidence, fix }) =>
      `<article>\n<h3>${text(title)}</h3>\n<p>${severity}, rule <code>${text(rule)}</code></p>\n<ul>${evidence
        .map((sentence) => `<li>${text(sentence)}</li>`)
        .join('')}</ul>\n${fix === null ? '' : `<pre>${text(fix)}</pre>`}\n</article>`,
  );
  return [section('Findings', told.join('\n'))];
}

function lists({ refusals, warnings }: Report): string[] {
  const list = (title: string, entries: string[]) =>
    entries.length === 0 ? [] : [section(title, `<ul>${entries.map((entry) => `<li>${text(entry)}</li>`).join('')}</ul>`)];
  return [
    ...list(
      'Refused',
      refusals.map(({ code, subject, message }) => `${code} ${subject}: ${message}`),
    ),
    ...list(
      'Warnings',
      warnings.map(({ path, message, code }) => `${path}: ${message} [${code}]`),
    ),
  ];
}
