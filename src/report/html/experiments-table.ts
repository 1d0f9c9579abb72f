import type { ExperimentReport } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { formatDuration } from '../format.ts';
import { badge } from './badge.ts';
import { dataTable } from './data-table.ts';
import { section } from './section.ts';

/** All experiments at a glance; each links to its part of the page. */
export function experimentsTable(experiments: readonly ExperimentReport[]): string[] {
  if (experiments.length < 2) return [];
  const table = dataTable({
    caption: 'Experiments',
    columns: ['Experiment', 'Verdict', 'Fault', 'Targets', 'Undone by', 'Late', 'Recovery'],
    rows: experiments.map((experiment, index) => [
      `<a href="#experiment-${index + 1}">${index + 1}. ${text(experiment.name)}</a>`,
      badge(experiment.verdict),
      `<code>${text(experiment.fault)}</code>`,
      String(experiment.targets.length),
      text(experiment.revertedBy ?? '–'),
      experiment.revertLateMs === null ? '–' : formatDuration(experiment.revertLateMs),
      experiment.recoverySeconds === null ? '–' : formatDuration(experiment.recoverySeconds * 1_000),
    ]),
  });
  return [section('Experiments', table, 'experiments')];
}
