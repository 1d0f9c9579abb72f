import type { FinishInput } from '../contracts/activities.ts';
import type { Validation } from '../contracts/evidence.ts';
import type { ExperimentReport } from '../contracts/report.ts';
import type { RoundTally } from '../contracts/round-tally.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { plural } from './format.ts';

interface Judgement {
  verdict: Verdict;
  reason: string;
}

/**
 * Error before Aborted before Failed before Passed. Chaos that could not be done or undone is an
 * Error even when a person cancelled the run, and a run cut short is Aborted, whatever its
 * experiments had shown until then.
 */
export function judgeCampaign(input: FinishInput, experiments: readonly ExperimentReport[]): Judgement {
  return (
    whyError(input, experiments) ??
    whyAborted(input, experiments) ??
    whyFailed(input, experiments) ??
    whyNothing(experiments) ??
    passed(experiments, input.rounds)
  );
}

function whyError(input: FinishInput, experiments: readonly ExperimentReport[]): Judgement | null {
  const { plan } = input;
  const refusals = plan?.refusals ?? [];
  if (refusals.length > 0) return { verdict: 'Error', reason: `refused: ${refusals.map((one) => one.message).join('; ')}` };
  if (input.error !== undefined) return { verdict: 'Error', reason: input.error };
  const erroneous = named(experiments, 'Error') ?? ofRounds(input.rounds, 'Error');
  if (erroneous !== null) return { verdict: 'Error', reason: erroneous };
  if (plan === null) return input.cancelled ? null : { verdict: 'Error', reason: 'no plan was made' };
  const stray = input.evidence.find((one) => !plan.experiments.some((planned) => planned.spec.name === one.name));
  return stray ? { verdict: 'Error', reason: `experiment ${stray.name} ran but is not in the plan` } : null;
}

function whyAborted(input: FinishInput, experiments: readonly ExperimentReport[]): Judgement | null {
  if (input.aborted !== undefined) return { verdict: 'Aborted', reason: `aborted by ${input.aborted.reason}` };
  const aborted = named(experiments, 'Aborted');
  if (!input.cancelled && aborted === null) return null;
  const started = experiments.filter((one) => one.verdict !== 'Skipped').length;
  const progress = aborted ?? `${started} of ${plural(experiments.length, 'experiment')} had been done`;
  return { verdict: 'Aborted', reason: input.cancelled ? `the run was cancelled: ${progress}` : progress };
}

function whyFailed({ validation, rounds }: FinishInput, experiments: readonly ExperimentReport[]): Judgement | null {
  const failures = [ofRounds(rounds, 'Failed'), named(experiments, 'Failed'), whyInvalid(validation)].filter((failure) => failure !== null);
  return failures.length === 0 ? null : { verdict: 'Failed', reason: failures.join('; ') };
}

function whyInvalid(validation: Validation | null): string | null {
  if (validation === null) return 'the workload was not validated after the chaos';
  if (validation.ok) return null;
  const failed = validation.checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.detail}`);
  return `validation after the chaos failed${failed.length === 0 ? '' : `: ${failed.join('; ')}`}`;
}

/** A run in which somebody skipped everything shows nothing. */
function whyNothing(experiments: readonly ExperimentReport[]): Judgement | null {
  if (experiments.some((one) => one.verdict === 'Passed')) return null;
  return { verdict: 'Aborted', reason: `no experiment was done: ${experiments.map((one) => `${one.name}: ${one.reason}`).join('; ')}` };
}

/** The first experiment of an earlier round that ended so. */
function ofRounds(rounds: RoundTally | undefined, verdict: 'Error' | 'Failed'): string | null {
  for (const { name, misses } of rounds?.experiments ?? []) {
    const miss = misses[verdict];
    if (miss !== undefined) return `${name} in round ${miss.round}: ${miss.reason}`;
  }
  return null;
}

function passed(experiments: readonly ExperimentReport[], rounds: RoundTally | undefined): Judgement {
  const ran = experiments.filter((one) => one.verdict === 'Passed');
  const judged = ran.flatMap((one) => one.probes).filter((probe) => probe.tolerance !== null).length;
  const before = rounds === undefined ? '' : ` in the last of ${rounds.rounds + 1} rounds`;
  const skipped = experiments.length - ran.length;
  const left = skipped === 0 ? '' : `, ${plural(skipped, 'experiment')} skipped`;
  const all = `${plural(ran.length, 'experiment')} passed${before} and the workload validated${left}`;
  if (judged === 0) return { verdict: 'Passed', reason: `${all}, but no probe was judged: this shows nothing of a hypothesis` };
  return { verdict: 'Passed', reason: `${all}; ${plural(judged, 'judged probe')} held` };
}

/** The first experiment with that verdict and its reason, and how many more there are. */
function named(experiments: readonly ExperimentReport[], verdict: Verdict): string | null {
  const [first, ...more] = experiments.filter((one) => one.verdict === verdict);
  if (first === undefined) return null;
  return `${first.name}: ${first.reason}${more.length === 0 ? '' : ` (and ${plural(more.length, 'more experiment')})`}`;
}
