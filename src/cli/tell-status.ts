import type { RunStatus } from '../contracts/control.ts';
import { table } from './table.ts';

/** A run's status as a person reads it. */
export function tellStatus(run: string, { phase, paused, approval, experiments }: RunStatus): string {
  const lines = [`${run}: ${phase}`];
  if (paused !== null) {
    const faults = paused.faults === 'undo' ? 'faults are undone until it is resumed' : 'faults under way go on to their end';
    const reason = paused.reason === null ? '' : `: ${paused.reason}`;
    lines.push(`paused by ${paused.by} since ${isoTime(paused.since)}${reason} (${faults})`);
  }
  if (approval !== null) lines.push(`waits for the approval ${JSON.stringify(approval.name)} until ${isoTime(approval.until)}`);
  const rows = experiments.map(({ name, state, attempt, undoFailing }) => [
    name,
    state,
    attempt === 0 ? '-' : String(attempt),
    undoFailing === null ? '' : `UNDO DOES NOT SUCCEED: ${undoFailing}`,
  ]);
  return `${lines.join('\n')}\n${rows.length === 0 ? '' : table([['experiment', 'state', 'attempt', ''], ...rows])}`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
