import type { LintFinding, LintResult } from './check-file.ts';

/** SARIF 2.1.0, as code scanning reads it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function toSarif(results: readonly LintResult[], version: string): object {
  const findings = results.flatMap(({ findings: found }) => found);
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'squall',
            semanticVersion: version,
            rules: ids.map((id) => ({ id, shortDescription: { text: rules[id] ?? id.replaceAll('-', ' ') } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        artifacts: results.map(({ file }) => ({ location: { uri: uriOf(file) } })),
        results: results.flatMap(({ findings: found }, index) => found.map((finding) => resultOf(finding, index, ids))),
      },
    ],
  };
}

const rules: Record<string, string> = {
  mistake: 'The document is not a campaign squall can run',
  unreadable: 'The file cannot be read',
  'alias-used': 'A fault or a field goes by another name',
  'litmus-differs': 'Litmus would do something else here',
};

function resultOf({ file, rule, level, path, line, column, message }: LintFinding, index: number, ids: string[]): object {
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file), index },
          region: { startLine: line, ...(column !== null && { startColumn: column }) },
        },
        ...(path !== '' && { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

/** A relative name is a relative reference, each part encoded. */
function uriOf(file: string): string {
  const parts = file.replaceAll('\\', '/').split('/').map(encodeURIComponent);
  return file.startsWith('/') ? `file://${parts.join('/')}` : parts.join('/');
}
