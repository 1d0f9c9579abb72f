import type { ProbeReport } from '../../contracts/report.ts';
import { percentile } from '../statistics.ts';
import { fisherExact } from './fisher-exact.ts';
import { mannWhitney } from './mann-whitney.ts';
import type { Share } from './share.ts';

/** Fewer tell nothing: even all against none could be chance, once other tests are looked at, too. */
const fewestSamples = 5;
/** From so many on the normal approximation of U is good. */
const fewestValues = 8;

/** A probe of both runs, or of one, with what was tested. Whether a chance is small shows once all tests are known. */
export interface ProbeTests {
  before: ProbeReport | null;
  after: ProbeReport | null;
  success: SuccessTest | Untested;
  values: ValuesTest | Untested;
}

export interface SuccessTest {
  p: number;
  before: Share;
  after: Share;
}

export interface ValuesTest {
  p: number;
  /** of a value of each run, how often the second's is the greater, 0 to 1 */
  greater: number;
  /** medians */
  before: number;
  after: number;
}

export interface Untested {
  why: string;
  /** more samples would do */
  tooFew: boolean;
}

export function testProbe(before: ProbeReport | null, after: ProbeReport | null): ProbeTests {
  if (before === null || after === null) {
    const untested = not(`only the ${before === null ? 'second' : 'first'} run has it`);
    return { before, after, success: untested, values: untested };
  }
  return { before, after, success: testSuccess(before, after), values: testValues(before, after) };
}

function testSuccess(before: ProbeReport, after: ProbeReport): SuccessTest | Untested {
  if (before.tolerance === null || after.tolerance === null) return not('its samples are not judged');
  if (before.tolerance.comparator !== after.tolerance.comparator || before.tolerance.value !== after.tolerance.value) {
    return not('what a sample had to satisfy is not the same');
  }
  const least = Math.min(before.samples.length, after.samples.length);
  if (least < fewestSamples) return tooFew(least, fewestSamples, 'samples');
  const shares = { before: shareOf(before), after: shareOf(after) };
  return { ...shares, p: fisherExact(shares.before, shares.after) };
}

function testValues(before: ProbeReport, after: ProbeReport): ValuesTest | Untested {
  const [first, second] = [valuesOf(before), valuesOf(after)];
  if (first.length === 0 && second.length === 0) return not('it has no values');
  const least = Math.min(first.length, second.length);
  if (least < fewestValues) return tooFew(least, fewestValues, 'values');
  if (before.unit !== after.unit) return not(`its unit is not the same: ${before.unit || 'none'}, then ${after.unit || 'none'}`);
  const { p, greater } = mannWhitney(first, second);
  return { p, greater, before: percentile(first, 50) ?? 0, after: percentile(second, 50) ?? 0 };
}

function not(why: string): Untested {
  return { why, tooFew: false };
}

function tooFew(found: number, expected: number, noun: string): Untested {
  return { why: `too few ${noun} to tell: found ${found}, expected at least ${expected} of each run`, tooFew: true };
}

function shareOf({ samples }: ProbeReport): Share {
  return { ok: samples.filter(({ ok }) => ok).length, of: samples.length };
}

function valuesOf({ samples }: ProbeReport): number[] {
  return samples.flatMap(({ value }) => (value === undefined ? [] : [value]));
}
