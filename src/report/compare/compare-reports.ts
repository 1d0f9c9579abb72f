import type { Campaign } from '../../contracts/campaign.ts';
import type {
  ComparedExperiment,
  ComparedFinding,
  ComparedProbe,
  ComparedRun,
  ComparedVerdict,
  Comparison,
} from '../../contracts/comparison.ts';
import type { ExperimentReport, Finding, Report } from '../../contracts/report.ts';
import { plural } from '../format.ts';
import { documentChanges } from './document-changes.ts';
import { holm } from './holm.ts';
import { judgeProbe, level } from './judge-probe.ts';
import { type ProbeTests, type SuccessTest, testProbe, type ValuesTest } from './test-probe.ts';

/** A run that has ended, and the effective document it was a run of. */
export interface ComparedSide {
  report: Report;
  campaign: Campaign;
}

/**
 * Two runs of one campaign, the first with the second. What is seen in samples is called a difference only where chance is an unlikely
 * explanation, all tests taken together; verdicts are what they are. Of a campaign that repeats its steps, the last rounds are compared.
 */
export function compareReports(before: ComparedSide, after: ComparedSide): Comparison {
  const pairs = pairsByName(before.report.experiments, after.report.experiments).map(([first, second]) => ({
    first,
    second,
    probes: pairsByName(first?.probes ?? [], second?.probes ?? []).map(([one, other]) => testProbe(one, other)),
  }));
  const tests = pairs.flatMap(({ probes }) => probes.flatMap(testsOf));
  const chances = holm(tests.map(({ p }) => p));
  const adjusted = new Map(tests.map((test, index) => [test, chances[index] ?? 1]));
  const experiments = pairs.map(({ first, second, probes }): ComparedExperiment => {
    const { name = '', fault = '' } = second ?? first ?? {};
    const judged = probes.map((one) => judgeProbe(one, (test) => adjusted.get(test) ?? 1));
    return { name, fault, before: verdictOf(first), after: verdictOf(second), probes: judged };
  });
  const sides = { before: runOf(before.report), after: runOf(after.report) };
  return {
    campaign: after.report.campaign,
    ...sides,
    ...conclude(sides.before, sides.after, experiments),
    confidencePercent: 100 * (1 - level),
    tests: tests.length,
    experiments,
    findings: compareFindings(before.report.findings, after.report.findings),
    document: documentChanges(effective(before), effective(after)),
  };
}

function testsOf({ success, values }: ProbeTests): (SuccessTest | ValuesTest)[] {
  return [...('p' in success ? [success] : []), ...('p' in values ? [values] : [])];
}

/** In the order of the second, those that only the first has behind them. */
function pairsByName<T extends { name: string }>(before: readonly T[], after: readonly T[]): [T | null, T | null][] {
  const named = (all: readonly T[], name: string) => all.find((one) => one.name === name) ?? null;
  return [
    ...after.map((one): [T | null, T | null] => [named(before, one.name), one]),
    ...before.filter(({ name }) => named(after, name) === null).map((one): [T | null, T | null] => [one, null]),
  ];
}

function conclude(
  before: ComparedRun,
  after: ComparedRun,
  experiments: readonly ComparedExperiment[],
): Pick<Comparison, 'outcome' | 'reason'> {
  const turned = (from: (verdict: string) => boolean, to: (verdict: string) => boolean): string[] => [
    ...(from(before.verdict) && to(after.verdict) ? [`the run ${before.verdict}, then ${after.verdict}`] : []),
    ...experiments.flatMap(({ name, before: first, after: second }) =>
      first && second && from(first.verdict) && to(second.verdict) ? [`${name} ${first.verdict}, then ${second.verdict}`] : [],
    ),
  ];
  const passed = (verdict: string) => verdict === 'Passed';
  const missed = (verdict: string) => verdict !== 'Passed';
  const worse = [...turned(passed, missed), ...probesThatAre('worse', experiments)];
  const better = [...turned(missed, passed), ...probesThatAre('better', experiments)];
  if (worse.length > 0) return { outcome: 'worse', reason: sentence('worse', worse) };
  if (better.length > 0) return { outcome: 'better', reason: sentence('better', better) };
  const probes = experiments.flatMap((experiment) => experiment.probes);
  const unknown = probes.filter(({ outcome }) => outcome === 'unknown').length;
  const hidden = unknown === 0 ? '' : `; of ${plural(unknown, 'probe')} it cannot be told`;
  return { outcome: 'same', reason: `no difference is shown in ${plural(probes.length - unknown, 'probe')}${hidden}` };
}

function probesThatAre(outcome: ComparedProbe['outcome'], experiments: readonly ComparedExperiment[]): string[] {
  return experiments.flatMap(({ name, probes }) =>
    probes.filter((probe) => probe.outcome === outcome).map((probe) => `probe ${probe.name} of ${name} is ${outcome}`),
  );
}

const mostTold = 5;

function sentence(outcome: string, all: readonly string[]): string {
  const told = all.slice(0, mostTold).join('; ');
  return `${outcome}: ${told}${all.length > mostTold ? `; and ${all.length - mostTold} more` : ''}`;
}

function compareFindings(before: readonly Finding[], after: readonly Finding[]): Comparison['findings'] {
  const [first, second] = [before.map(keyOf), after.map(keyOf)];
  return {
    came: after.filter((finding) => !first.includes(keyOf(finding))).map(brief),
    went: before.filter((finding) => !second.includes(keyOf(finding))).map(brief),
    stayed: after.filter((finding) => first.includes(keyOf(finding))).map(brief),
  };
}

/** The same finding has other figures in another run. */
function keyOf({ rule, title }: Finding): string {
  return `${rule} ${title.replaceAll(/\d+(?:\.\d+)?/g, '#')}`;
}

function brief({ rule, severity, title }: Finding): ComparedFinding {
  return { rule, severity, title };
}

function verdictOf(experiment: ExperimentReport | null): ComparedVerdict | null {
  return experiment && { verdict: experiment.verdict, recoverySeconds: experiment.recoverySeconds };
}

function runOf({ runId, verdict, score, startedAt, endedAt, leaderElectionSeconds }: Report): ComparedRun {
  return { runId, verdict, score, startedAt, endedAt, leaderElectionSeconds };
}

/** Warnings are about how it was written, not about what is done. */
function effective({ report, campaign: { warnings: _, ...campaign } }: ComparedSide): unknown {
  return { ...campaign, seed: report.seed };
}
