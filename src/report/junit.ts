import type { ExperimentReport, ProbeReport, Report } from '../contracts/report.ts';
import { escapeMarkup as text } from './escape-markup.ts';
import { formatPercent, formatTolerance, plural } from './format.ts';

/**
 * The report as JUnit's XML, which CI systems show. A suite per experiment: the experiment itself is a test case, and each judged
 * probe is one. What failed is a failure, what could not be done an error, what was not begun is skipped.
 */
export function renderJUnit(report: Report): string {
  const suites = [...report.experiments.map((experiment) => experimentSuite(report, experiment)), runSuite(report)];
  const totals = suites.reduce((sum, { counts }) => add(sum, counts), none);
  const took = seconds(report.startedAt, report.endedAt);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${text(report.campaign)}" ${totalsOf(totals)} time="${took}">
${suites.map(({ xml }) => xml).join('\n')}
</testsuites>
`;
}

interface Counts {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

interface TestCase {
  name: string;
  seconds: number;
  outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** why it did not pass */
  message: string;
}

const none: Counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };

function experimentSuite(report: Report, experiment: ExperimentReport): { counts: Counts; xml: string } {
  const own: TestCase = {
    name: experiment.fault,
    seconds: experiment.injectedAt && experiment.revertedAt ? seconds(experiment.injectedAt, experiment.revertedAt) : 0,
    outcome: outcomeOf(experiment.verdict),
    message: experiment.reason,
  };
  const judged = experiment.probes.filter(({ verdict }) => verdict !== 'Informational').map(probeCase);
  const properties: [string, string][] = [
    ['fault', experiment.fault],
    ...Object.entries(experiment.parameters).map(([name, value]): [string, string] => [
      `parameter.${name}`,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
    ...experiment.probes.map(({ name, successPercent }): [string, string] => [`probe.${name}.success`, formatPercent(successPercent)]),
  ];
  return suite(report, `${report.campaign}.${experiment.name}`, experiment.injectedAt ?? report.startedAt, [own, ...judged], properties);
}

/** What is the run's own: whether the workload validated, and whether the gate lets it pass. */
function runSuite(report: Report): { counts: Counts; xml: string } {
  const { validation, gate, verdict, reason } = report;
  const cases: TestCase[] = [{ name: 'verdict', seconds: 0, outcome: outcomeOf(verdict), message: reason }];
  if (validation !== null) {
    const missed = validation.checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
    cases.push({ name: 'validation', seconds: 0, outcome: validation.ok ? 'passed' : 'failure', message: missed.join('; ') });
  }
  if (gate !== null) {
    const message = `the score is ${report.score ?? 'none'}, and at least ${gate.threshold} was asked for`;
    cases.push({ name: 'gate', seconds: 0, outcome: gate.passed ? 'passed' : 'failure', message });
  }
  const properties: [string, string][] = [
    ['run', report.runId],
    ['seed', report.seed],
    ...(report.startedBy === undefined ? [] : [['startedBy', report.startedBy] satisfies [string, string]]),
    ['score', String(report.score ?? 'none')],
    ['cluster', report.cluster],
    ['namespace', report.namespace],
    ['workload', report.workload],
  ];
  return suite(report, report.campaign, report.startedAt, cases, properties);
}

function probeCase(probe: ProbeReport): TestCase {
  const missed = probe.samples.find(({ ok }) => !ok);
  const example = missed && (missed.error ?? (missed.value === undefined ? undefined : `${missed.value} ${probe.unit}`.trim()));
  const seen = `${formatPercent(probe.successPercent)} of ${plural(probe.samples.length, 'sample')} did`;
  return {
    name: `probe ${probe.name}`,
    seconds: 0,
    outcome: probe.verdict === 'Failed' ? 'failure' : 'passed',
    message: `expected ${formatTolerance(probe.tolerance, probe.unit)}: ${seen}${example === undefined ? '' : `, one that did not: ${example}`}`,
  };
}

function outcomeOf(verdict: ExperimentReport['verdict']): TestCase['outcome'] {
  switch (verdict) {
    case 'Passed':
      return 'passed';
    case 'Failed':
      return 'failure';
    case 'Skipped':
      return 'skipped';
    case 'Aborted':
    case 'Error':
      return 'error';
  }
}

function suite(
  report: Report,
  name: string,
  startedAt: string,
  cases: TestCase[],
  properties: [string, string][],
): { counts: Counts; xml: string } {
  const counts = cases.reduce((sum, { outcome }) => add(sum, countOf(outcome)), none);
  const time = cases.reduce((sum, each) => sum + each.seconds, 0);
  const told = properties.map(([key, value]) => `      <property name="${text(key)}" value="${text(value)}"/>`);
  // Readers take the time as one without a zone.
  const xml = `  <testsuite name="${text(name)}" ${attributes(counts)} time="${time}" timestamp="${startedAt.slice(0, 19)}" hostname="${text(report.cluster)}">
    <properties>
${told.join('\n')}
    </properties>
${cases.map((each) => testCase(name, each)).join('\n')}
  </testsuite>`;
  return { counts, xml };
}

function testCase(suiteName: string, { name, seconds: took, outcome, message }: TestCase): string {
  const open = `    <testcase classname="${text(suiteName)}" name="${text(name)}" time="${took}"`;
  if (outcome === 'passed') return `${open}/>`;
  const attribute = ` message="${text(message)}"`;
  const inner =
    outcome === 'skipped' ? `<skipped${attribute}/>` : `<${outcome}${attribute} type="${outcome}">${text(message)}</${outcome}>`;
  return `${open}>\n      ${inner}\n    </testcase>`;
}

function countOf(outcome: TestCase['outcome']): Counts {
  return {
    tests: 1,
    failures: outcome === 'failure' ? 1 : 0,
    errors: outcome === 'error' ? 1 : 0,
    skipped: outcome === 'skipped' ? 1 : 0,
  };
}

function add(a: Counts, b: Counts): Counts {
  return { tests: a.tests + b.tests, failures: a.failures + b.failures, errors: a.errors + b.errors, skipped: a.skipped + b.skipped };
}

function attributes(counts: Counts): string {
  return `${totalsOf(counts)} skipped="${counts.skipped}"`;
}

/** The root has no count of what was skipped. */
function totalsOf({ tests, failures, errors }: Counts): string {
  return `tests="${tests}" failures="${failures}" errors="${errors}"`;
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1_000;
}
