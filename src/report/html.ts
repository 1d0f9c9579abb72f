import type { Report } from '../contracts/report.ts';
import { escapeMarkup as text } from './escape-markup.ts';
import { experimentFacts, headFacts, probeColumns, probeRow } from './facts.ts';
import { formatTolerance } from './format.ts';

/** The report as one page that needs nothing else: readable on any screen, light or dark, and on paper. */
export function renderHtml(report: Report): string {
  const title = text(`${report.campaign}: ${report.verdict}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${text(report.campaign)} ${badge(report.verdict)}</h1>
<p>${text(report.reason)}</p>
${facts(headFacts(report))}
</header>
${[...experiments(report), ...validation(report), ...findings(report), ...lists(report)].join('\n')}
</main>
</body>
</html>
`;
}

function experiments(report: Report): string[] {
  return report.experiments.map(
    (experiment, index) => `<section>
<h2>${index + 1}. ${text(experiment.name)} ${badge(experiment.verdict)}</h2>
<p><code>${text(experiment.fault)}</code>. ${text(experiment.reason)}</p>
${facts(experimentFacts(experiment))}
${experiment.probes.length === 0 ? '' : probes(experiment.probes)}
</section>`,
  );
}

function probes(all: Report['experiments'][number]['probes']): string {
  const rows = all.map((probe) => probeRow(probe, formatTolerance(probe.tolerance, probe.unit)));
  const cells = ([name = '', verdict = '', ...rest]: string[]) =>
    `<th scope="row">${text(name)}</th><td>${badge(verdict)}</td>${rest.map((cell) => `<td>${text(cell)}</td>`).join('')}`;
  return `<div class="wide"><table>
<thead><tr>${probeColumns.map((column) => `<th scope="col">${column}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}
</tbody>
</table></div>`;
}

function validation({ validation: found }: Report): string[] {
  if (found === null) return [];
  const checks = found.checks.map(({ name, ok, detail }) => `<li>${badge(ok ? 'Passed' : 'Failed')} ${text(`${name}: ${detail}`)}</li>`);
  return [`<section>\n<h2>Validation ${badge(found.ok ? 'Passed' : 'Failed')}</h2>\n<ul>${checks.join('')}</ul>\n</section>`];
}

function findings({ findings: found }: Report): string[] {
  if (found.length === 0) return [];
  const told = found.map(
    ({ title, severity, rule, evidence, fix }) =>
      `<article>\n<h3>${text(title)}</h3>\n<p>${severity}, rule <code>${text(rule)}</code></p>\n<ul>${evidence
        .map((sentence) => `<li>${text(sentence)}</li>`)
        .join('')}</ul>\n${fix === null ? '' : `<pre>${text(fix)}</pre>`}\n</article>`,
  );
  return [`<section>\n<h2>Findings</h2>\n${told.join('\n')}\n</section>`];
}

function lists({ refusals, warnings }: Report): string[] {
  const section = (title: string, entries: string[]) =>
    entries.length === 0
      ? []
      : [`<section>\n<h2>${title}</h2>\n<ul>${entries.map((entry) => `<li>${text(entry)}</li>`).join('')}</ul>\n</section>`];
  return [
    ...section(
      'Refused',
      refusals.map(({ code, subject, message }) => `${code} ${subject}: ${message}`),
    ),
    ...section(
      'Warnings',
      warnings.map(({ path, message, code }) => `${path}: ${message} [${code}]`),
    ),
  ];
}

function facts(pairs: readonly (readonly [string, string])[]): string {
  return `<dl>${pairs.map(([label, value]) => `<div><dt>${text(label)}</dt><dd>${text(value)}</dd></div>`).join('')}</dl>`;
}

function badge(verdict: string): string {
  const tone = verdict === 'Passed' ? 'good' : verdict === 'Failed' || verdict === 'Error' ? 'bad' : 'neutral';
  return `<span class="badge ${tone}">${text(verdict)}</span>`;
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d5d8dc, #3d434a); --good: light-dark(#17643a, #6fd39a); --bad: light-dark(#a3201d, #ff938a); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #16191d); color: light-dark(#1c2024, #e6e9ec); }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.25; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; }
dl > div { display: flex; gap: 1rem; }
dt { flex: 0 0 10rem; font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .25rem; }
.badge { font-size: .8em; font-weight: 600; border: 1px solid currentColor; border-radius: .25rem; padding: 0 .4em; }
.good { color: var(--good); } .bad { color: var(--bad); }
@media print { :root { color-scheme: light; } section { break-inside: avoid; } }
`;
