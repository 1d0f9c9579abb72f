import type { Finding } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { section } from './section.ts';

const tones = { critical: 'bad', warning: 'warn', info: 'neutral' } as const;

/** Causes, each with its evidence and its fix. */
export function findingsSection(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  return [section('Findings', findings.map(findingArticle).join('\n'), 'findings')];
}

function findingArticle({ title, severity, rule, evidence, fix, patch }: Finding): string {
  const parts = [
    `<h3>${text(title)}</h3>`,
    `<p><span class="badge ${tones[severity]}">${severity}</span> by rule <code>${text(rule)}</code></p>`,
    `<ul>${evidence.map((sentence) => `<li>${text(sentence)}</li>`).join('')}</ul>`,
    ...(fix === null ? [] : [`<p>Fix:</p>\n<pre>${text(fix)}</pre>`]),
    ...(patch === undefined
      ? []
      : [
          `<p>As a ${patch.type} patch of ${text(patch.target)} in ${text(patch.namespace)}:</p>\n<pre>${text(JSON.stringify(patch.body, undefined, 2))}</pre>`,
        ]),
  ];
  return `<article>\n${parts.join('\n')}\n</article>`;
}
