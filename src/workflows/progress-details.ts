import type { ExperimentStatus } from '../contracts/control.ts';

const states: Record<ExperimentStatus['state'], string> = {
  'to-come': 'to come',
  'under-way': '**under way**',
  passed: 'passed',
  failed: '**failed**',
  error: '**error**',
  aborted: 'aborted',
  skipped: 'skipped',
};

/** What a run is doing, and how far it is, in Markdown, for its page in Temporal's Web UI. */
export function progressDetails(doing: string, experiments: readonly ExperimentStatus[]): string {
  // The page shows some six lines of it.
  return [doing, ...(experiments.length === 0 ? [] : [`Experiments: ${experiments.map(tell).join(', ')}`])].join('\n\n');
}

function tell({ name, state, attempt }: ExperimentStatus): string {
  return `${name} ${states[state]}${attempt > 1 ? ` (attempt ${attempt})` : ''}`;
}
