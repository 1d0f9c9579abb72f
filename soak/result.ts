import type { Ledger } from './ledger/ledger.ts';
import type { FailureKind, SoakResult } from './ledger/records.ts';

const latestTold = 10;

/** What a soak has to say. */
export function resultOf(
  ledger: Ledger,
  options: { seed: string; startedAt: number; killsAsked: number; unexpectedEnds: Record<string, number> },
): SoakResult {
  const { reports, failures, kills, runs } = ledger;
  const clocks = reports.filter(({ run, report }) => run.fault.holds && report.injected).map(({ report }) => report.revertedBy);
  const late = reports.flatMap(({ report }) => (report.revertLateMs !== null && report.revertLateMs > 0 ? [report.revertLateMs] : []));
  const failed = (kind: FailureKind): number => failures.filter((failure) => failure.kind === kind).length;
  return {
    seed: options.seed,
    startedAt: new Date(options.startedAt).toISOString(),
    minutes: Math.round((Date.now() - options.startedAt) / 6_000) / 10,
    kills: kills.length,
    killsAsked: options.killsAsked,
    runs: runs.filter(({ id }) => id !== null).length,
    verdicts: tally(reports.map(({ report }) => report.verdict)),
    leaked: failed('leaked'),
    lost: failed('lost'),
    duplicated: failed('duplicated'),
    unseen: failed('unseen'),
    broken: failed('broken'),
    lateRevertMs: { count: late.length, p50: percentile(late, 50), p95: percentile(late, 95), max: percentile(late, 100) },
    latest: reports
      .map(({ run, report }) => ({ run: run.id, fault: run.fault.fault, lateMs: report.revertLateMs ?? 0, by: report.revertedBy }))
      .filter(({ lateMs }) => lateMs > 0)
      .toSorted((a, b) => b.lateMs - a.lateMs)
      .slice(0, latestTold),
    byClock: {
      workflow: clocks.filter((clock) => clock === 'workflow').length,
      carrier: clocks.filter((clock) => clock === 'carrier').length,
      janitor: clocks.filter((clock) => clock === 'janitor').length,
    },
    byVictim: tally(kills.flatMap(({ victims }) => victims)),
    byKind: tally(kills.map(({ kind, victims }) => (victims.length > 1 ? 'pair' : kind))),
    looks: { count: ledger.looks, withSightings: ledger.looksWithSightings },
    unexpectedEnds: options.unexpectedEnds,
    failures,
    struck: kills,
  };
}

/** Whether it was shown that nothing leaks and nothing is lost. */
export function isGood(result: SoakResult): boolean {
  const { leaked, lost, duplicated, unseen, broken, kills, killsAsked } = result;
  return leaked + lost + duplicated + unseen + broken === 0 && kills >= killsAsked;
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** 0 of no values: nothing was late. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? 0;
}
