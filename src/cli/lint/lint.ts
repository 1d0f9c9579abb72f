import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import packageJson from '../../../package.json' with { type: 'json' };
import { errorMessage } from '../../error-message.ts';
import { plural } from '../../report/format.ts';
import type { lintOptions } from '../commands/documents.ts';
import type { Given } from '../declare.ts';
import { embedDashboards } from '../embed-dashboards.ts';
import { print, say } from '../output.ts';
import { folderOf } from '../read-document.ts';
import { paintFor } from '../terminal.ts';
import { checkDocument, isOther, type LintFinding, type LintResult } from './check-file.ts';
import { toSarif } from './sarif.ts';

/** `squall lint FILE...`. 1: there are mistakes. */
export async function lint({ words, options }: Given<typeof lintOptions>): Promise<number> {
  const results: LintResult[] = [];
  for (const file of new Set(words)) {
    const result = await check(file, file === '-' ? options['stdin-name'] : file, options['pass-others']);
    if (result !== undefined) results.push(result);
  }
  const { output } = options;
  const findings = results.flatMap((result) => result.findings);
  if (output === 'sarif') process.stdout.write(`${JSON.stringify(toSarif(results, packageJson.version), null, 2)}\n`);
  else print(output, findings, () => findings.map(tell).join(''));
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  if (findings.length > 0) say(`${plural(errors, 'mistake')} and ${plural(warnings, 'warning')} in ${plural(results.length, 'file')}`);
  return errors > 0 || (options.strict && warnings > 0) ? 1 : 0;
}

async function check(file: string, name: string, passOthers: boolean): Promise<LintResult | undefined> {
  let document: string;
  try {
    document = file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    return {
      file: name,
      findings: [{ file: name, rule: 'unreadable', level: 'error', path: '', line: 1, column: 1, message: errorMessage(error) }],
    };
  }
  return passOthers && isOther(document) ? undefined : checkDocument(name, embedDashboards(document, folderOf(file)).text);
}

/** As compilers tell it: editors find their way by it. */
function tell({ file, level, path, line, column, message, rule }: LintFinding): string {
  const paint = paintFor(process.stdout);
  const kind = level === 'error' ? paint('bad', 'error') : paint('caution', 'warning');
  return `${file}:${line}:${column ?? 1}: ${kind}: ${path === '' ? '' : `${path}: `}${message}${level === 'error' ? '' : ` [${rule}]`}\n`;
}
