import { cpus, totalmem } from 'node:os';
import type { Spread } from './spread.ts';

/** What a bench found. All figures are of one run on one machine: only their ratios mean something elsewhere. */
export interface BenchResult {
  bench: string;
  at: string;
  machine: { cpu: string; cores: number; memoryGiB: number; node: string };
  /** by what they are of, with their unit; `case: what` where there are several of a kind */
  figures: Record<string, number | null>;
  /** what was measured several times, in ms, by `case: what`; absent: nothing was */
  spreads?: Record<string, Spread>;
  /** what each of them is made of, in order: medians in ms of the same runs */
  breakdowns?: Record<string, Record<string, number>>;
  /** what could not be measured here, and why; absent: all was */
  missing?: string[];
  checks: Check[];
}

export type Found = Omit<BenchResult, 'bench' | 'at' | 'machine'>;

/** A bound the bench asserts. */
export interface Check {
  what: string;
  found: number | null;
  expected: string;
  ok: boolean;
}

export function atMost(what: string, found: number | null, bound: number): Check {
  return { what, found, expected: `at most ${bound}`, ok: found !== null && found <= bound };
}

export function exactly(what: string, found: number, bound: number): Check {
  return { what, found, expected: String(bound), ok: found === bound };
}

export function describeMachine(): BenchResult['machine'] {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}
