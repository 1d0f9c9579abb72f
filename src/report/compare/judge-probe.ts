import type { Tolerance } from '../../contracts/campaign.ts';
import type { ComparedProbe, ComparedSuccess, ComparedValues, Outcome, ProbeFigures } from '../../contracts/comparison.ts';
import type { ProbeReport } from '../../contracts/report.ts';
import { formatNumber, formatPercent, showsUnit } from '../format.ts';
import { newcombeInterval } from './newcombe-interval.ts';
import type { ProbeTests, SuccessTest, Untested, ValuesTest } from './test-probe.ts';

/** A difference is shown when chance alone would show one in any of the tests less often than this. */
export const level = 0.05;
/** Medians less than so many percent apart are the same for all that matters, however sure the difference is. */
const leastChangePercent = 5;
/** Nor does it matter when the second's value is the greater hardly more often than not: less than a small effect (Vargha and Delaney). */
const leastGreater = 0.56;

/** @param adjusted a test's chance after the correction for all tests */
export function judgeProbe(tests: ProbeTests, adjusted: (test: SuccessTest | ValuesTest) => number): ComparedProbe {
  const { before, after } = tests;
  const known = after ?? before;
  if (known === null) throw new Error('compare: found a probe of neither run, expected one of at least one');
  const { name, unit, tolerance } = known;
  const success = isTested(tests.success) ? judgeSuccess(tests.success, adjusted(tests.success)) : null;
  const values = isTested(tests.values) ? judgeValues(tests.values, adjusted(tests.values), tolerance) : null;
  const outcomes = [success, values].flatMap((one) => (one === null ? [] : [one.outcome]));
  const outcome = weight.find((one) => outcomes.includes(one)) ?? 'unknown';
  const reason = [
    ...(success ? [tellSuccess(success)] : whyOf(tests.success)),
    ...(values ? [tellValues(values, unit)] : whyOf(tests.values)),
  ];
  return {
    name,
    unit,
    tolerance,
    outcome,
    reason: [...new Set(reason)].join('; '),
    before: figuresOf(before),
    after: figuresOf(after),
    success,
    values,
  };
}

/** What counts most comes first: a probe that is better in one way and worse in another is worse. */
const weight: readonly Outcome[] = ['worse', 'better', 'changed', 'same'];

function judgeSuccess({ p, before, after }: SuccessTest, adjustedP: number): ComparedSuccess {
  const difference = after.ok / after.of - before.ok / before.of;
  const { low, high } = newcombeInterval(before, after);
  const outcome = adjustedP >= level || difference === 0 ? 'same' : difference > 0 ? 'better' : 'worse';
  return { outcome, differencePoints: 100 * difference, lowPoints: 100 * low, highPoints: 100 * high, p, adjustedP };
}

function judgeValues({ p, greater, before, after }: ValuesTest, adjustedP: number, tolerance: Tolerance | null): ComparedValues {
  const medianDifference = after - before;
  const changePercent = (100 * Math.abs(medianDifference)) / Math.max(Math.abs(before), Math.abs(after), Number.MIN_VALUE);
  const matters = changePercent >= leastChangePercent && Math.max(greater, 1 - greater) >= leastGreater;
  const outcome = adjustedP >= level || !matters ? 'same' : directed(medianDifference > 0, tolerance);
  return { outcome, medianDifference, greaterPercent: 100 * greater, p, adjustedP };
}

/** Which way is better, what a sample has to satisfy says; where it says nothing, only a change is seen. */
function directed(rises: boolean, tolerance: Tolerance | null): Outcome {
  const comparator = tolerance?.comparator;
  if (comparator === '<=' || comparator === '<') return rises ? 'worse' : 'better';
  if (comparator === '>=' || comparator === '>') return rises ? 'better' : 'worse';
  return 'changed';
}

function isTested<T extends SuccessTest | ValuesTest>(test: T | Untested): test is T {
  return 'p' in test;
}

/** That something is not judged, or has no values, is no news. */
function whyOf(test: SuccessTest | ValuesTest | Untested): string[] {
  return 'why' in test ? [test.why] : [];
}

function tellSuccess({ outcome, differencePoints, lowPoints, highPoints, adjustedP }: ComparedSuccess): string {
  const interval = `${signed(differencePoints)} points of success (95% interval ${signed(lowPoints)} to ${signed(highPoints)})`;
  return `${outcome === 'same' ? `no difference shown: ${interval}` : interval}, ${tellChance(adjustedP)}`;
}

function tellValues({ outcome, medianDifference, greaterPercent, adjustedP }: ComparedValues, unit: string): string {
  const difference = `median ${signed(medianDifference)}${showsUnit(unit) ? ` ${unit}` : ''}`;
  const how = `greater in ${formatPercent(greaterPercent)} of pairs`;
  const what = outcome === 'same' && adjustedP < level ? `no difference that matters: ${difference}` : difference;
  return `${outcome === 'same' && adjustedP >= level ? `no difference shown: ${what}` : what}, ${how}, ${tellChance(adjustedP)}`;
}

function tellChance(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${Math.round(p * 1000) / 1000}`;
}

function signed(value: number): string {
  const told = formatNumber(value);
  return value > 0 && told !== '0' ? `+${told}` : told === '-0' ? '0' : told;
}

function figuresOf(probe: ProbeReport | null): ProbeFigures | null {
  if (probe === null) return null;
  const { verdict, successPercent, p50, p95, max, samples } = probe;
  return { verdict, successPercent, p50, p95, max, samples: samples.length };
}
