import type { ExperimentReport, Finding, ProbeReport } from '../contracts/report.ts';

export type Paint = (style: 'good' | 'bad' | 'caution' | 'strong' | 'faint', text: string) => string;

const codes = { good: 32, bad: 31, caution: 33, strong: 1, faint: 2 } as const;

/** ANSI colours, or none. */
export function makePaint(color: boolean): Paint {
  return (style, text) => (color ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);
}

/** A verdict in its colour. */
export function paintVerdict(paint: Paint, verdict: ExperimentReport['verdict'] | ProbeReport['verdict']): string {
  if (verdict === 'Passed') return paint('good', verdict);
  if (verdict === 'Failed' || verdict === 'Error') return paint('bad', verdict);
  return verdict === 'Aborted' ? paint('caution', verdict) : paint('faint', verdict);
}

export function paintSeverity(paint: Paint, severity: Finding['severity']): string {
  if (severity === 'critical') return paint('bad', severity);
  return severity === 'warning' ? paint('caution', severity) : severity;
}
