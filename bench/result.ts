import { cpus, totalmem } from 'node:os';

/** What a bench found. All figures are of one run on one machine: only their ratios mean something elsewhere. */
export interface BenchResult {
  bench: string;
  at: string;
  machine: { cpu: string; cores: number; memoryGiB: number; node: string };
  figures: Record<string, number | null>;
  checks: Check[];
}

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
