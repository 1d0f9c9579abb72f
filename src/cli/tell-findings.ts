import type { Finding, FindingState } from '../contracts/sweep.ts';
import { table } from './table.ts';

const states: FindingState[] = ['active', 'overdue', 'orphan', 'unknown', 'idle', 'ended'];

/** Findings as a table, and how many there are of each state. */
export function tellFindings(findings: readonly Finding[], now = Date.now()): string {
  const counts = states.map((state) => `${findings.filter((finding) => finding.state === state).length} ${state}`);
  const summary = `${findings.length} found: ${counts.join(', ')}\n`;
  if (findings.length === 0) return summary;
  const rows = findings.map((finding) => [
    finding.where,
    [finding.kind, finding.fault].filter((part) => part !== null).join(' '),
    finding.state,
    tellDeadline(finding.deadline, now),
    finding.evidence,
  ]);
  return table([['where', 'what', 'state', 'until', 'evidence'], ...rows]) + summary;
}

function tellDeadline(deadline: number | null, now: number): string {
  if (deadline === null) return '-';
  const seconds = Math.round((deadline - now) / 1000);
  return seconds >= 0 ? `in ${seconds} s` : `${-seconds} s ago`;
}
