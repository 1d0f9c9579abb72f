import type { Report } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { headFacts } from '../facts.ts';
import { makeTimeline } from '../timeline/timeline.ts';
import { badge } from './badge.ts';
import { experimentSection } from './experiment-section.ts';
import { experimentsTable } from './experiments-table.ts';
import { factsList } from './facts-list.ts';
import { findingsSection } from './findings-section.ts';
import type { Page } from './page.ts';
import { reportStyle } from './report-style.ts';
import { scoreSection } from './score-section.ts';
import { section } from './section.ts';
import { timelineSection } from './timeline-section.ts';

/** Where else there is something to see of a run. */
export interface PageLink {
  label: string;
  href: string;
}

export interface ReportExtras {
  links?: readonly PageLink[];
  /** the timeline as SVG; absent: its tables tell of it */
  drawing?: string;
  /** the effective document as YAML; absent: as JSON, if the report has it */
  document?: string;
}

/** What is on the report's page: also a part of the page on which a run was followed to its end. Runs in browsers. */
export function reportPage(report: Report, { links = [], drawing, document }: ReportExtras = {}): Page {
  const header = `<header>
<h1>${text(report.campaign)} ${badge(report.verdict)}</h1>
<p>${text(report.reason)}</p>
${factsList(headFacts(report))}${linksList(links)}
</header>`;
  const timeline = makeTimeline(report);
  const body = [
    header,
    ...scoreSection(report),
    ...(timeline === null ? [] : [timelineSection(timeline, report, drawing)]),
    ...experimentsTable(report.experiments),
    ...report.experiments.map(experimentSection),
    ...validation(report),
    ...findingsSection(report.findings),
    ...lists(report),
    ...documentSection(report, document),
  ].join('\n');
  return { title: `${report.campaign}: ${report.verdict}`, body, extraStyle: reportStyle };
}

function linksList(links: readonly PageLink[]): string {
  if (links.length === 0) return '';
  return `\n<ul class="links">${links.map(({ label, href }) => `<li><a href="${text(href)}">${text(label)}</a></li>`).join('')}</ul>`;
}

function validation({ validation: found }: Report): string[] {
  if (found === null) return [];
  const checks = found.checks.map(({ name, ok, detail }) => `<li>${badge(ok ? 'Passed' : 'Failed')} ${text(`${name}: ${detail}`)}</li>`);
  return [section(`Validation ${badge(found.ok ? 'Passed' : 'Failed')}`, `<ul>${checks.join('')}</ul>`, 'validation')];
}

function lists({ refusals, warnings }: Report): string[] {
  const list = (title: string, entries: string[]) =>
    entries.length === 0 ? [] : [section(title, `<ul>${entries.map((entry) => `<li>${entry}</li>`).join('')}</ul>`)];
  return [
    ...list(
      'Refused',
      refusals.map(({ code, subject, message }) => `<code>${text(code)}</code> ${text(`${subject}: ${message}`)}`),
    ),
    ...list(
      'Warnings',
      warnings.map(
        ({ path, line, message, code }) =>
          `<code>${text(path)}</code>${line === undefined ? '' : ` (line ${line})`}: ${text(message)} <code>${text(code)}</code>`,
      ),
    ),
  ];
}

function documentSection({ document }: Report, yaml: string | undefined): string[] {
  if (document === undefined) return [];
  const written = yaml ?? JSON.stringify(document, undefined, 2);
  const body = `<p>The document as it was understood: every default applied, units converted, what looks like a secret taken out.</p>
<details><summary>Show it</summary><pre>${text(written)}</pre></details>`;
  return [section('Effective document', body, 'document')];
}
