import { targetName } from '../../contracts/plan.ts';
import type { ExperimentReport, StepProof } from '../../contracts/report.ts';
import { effectColumns, effectRows } from '../effect.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { probeColumns, probeRow } from '../facts.ts';
import { formatDuration, formatTolerance, plural } from '../format.ts';
import { badge } from './badge.ts';
import { dataTable } from './data-table.ts';
import { factsList } from './facts-list.ts';
import { section } from './section.ts';

type Fact = [label: string, text: string];

/** One experiment: what was asked, what was done and how, what it did to the workload, and how it was undone. */
export function experimentSection(experiment: ExperimentReport, index: number): string {
  const number = `${index + 1}. ${experiment.name}`;
  const parts = [
    `<p><code>${text(experiment.fault)}</code>. ${text(experiment.reason)}</p>`,
    `<h3>Asked</h3>\n${factsList(asked(experiment))}`,
    ...(experiment.mechanism === null && experiment.injectedAt === null
      ? []
      : [`<h3>Done</h3>\n${factsList(done(experiment))}${proofs(experiment, ['injected', 'verified'])}`]),
    ...(experiment.probes.length === 0 ? [] : [`<h3>Effect</h3>\n${effect(experiment, number)}`]),
    ...(experiment.injectedAt === null && experiment.revertedAt === null
      ? []
      : [`<h3>Undo and recovery</h3>\n${factsList(undone(experiment))}${proofs(experiment, ['undone', 'confirmed'])}`]),
  ];
  return section(`${index + 1}. ${text(experiment.name)} ${badge(experiment.verdict)}`, parts.join('\n'), `experiment-${index + 1}`);
}

function asked({ asked: given, parameters, durationSeconds, cluster }: ExperimentReport): Fact[] {
  const selection = Object.entries(given?.selection ?? {});
  const duration = formatDuration(durationSeconds * 1_000);
  return [
    ...(cluster === undefined ? [] : [['Cluster', cluster] satisfies Fact]),
    ...(given === undefined ? [] : [['Target', selection.map(nameAndValue).join(', ') || 'all of the workload'] satisfies Fact]),
    ['Parameters', Object.entries(parameters).map(nameAndValue).join(', ') || 'none'],
    ['Duration', given === undefined || given.holds ? duration : `done in an instant, observed for ${duration}`],
    ...(given === undefined
      ? []
      : ([
          ['To be done', given.inject],
          ['To be undone', given.undo],
        ] satisfies Fact[])),
  ];
}

function done(experiment: ExperimentReport): Fact[] {
  const { targets, mechanism, mechanismReason, injectedAt, verifiedAt, repeatedAt, reestablished, lost, attempt } = experiment;
  const where = targets.map((target) => {
    if (target.kind === 'object') return targetName(target);
    const place = target.kind === 'pod' ? [target.role, `on ${target.node}`, target.zone && `in ${target.zone}`] : [target.zone];
    return `${targetName(target)} (${place.filter(Boolean).join(' ')})`;
  });
  return [
    ['Targets', where.join(', ') || 'none'],
    ...(mechanism === null ? [] : [['Mechanism', mechanism] satisfies Fact]),
    ...(mechanismReason === null ? [] : [['Because', mechanismReason] satisfies Fact]),
    ['Injected', injectedAt ?? 'no'],
    ['Seen in effect', verifiedAt ?? 'no'],
    ...(repeatedAt.length === 0 ? [] : [['Again', repeatedAt.join(', ')] satisfies Fact]),
    ...reestablished.map(({ at, detail }): Fact => ['Put back', `${at}, lost with a restarted container: ${detail}`]),
    ...(lost === null ? [] : [['Lost', `with a restarted container, and left so: ${lost}`] satisfies Fact]),
    ...(attempt > 1 ? [['Attempt', String(attempt)] satisfies Fact] : []),
  ];
}

function undone(experiment: ExperimentReport): Fact[] {
  const { revertedAt, revertedBy, revertLateMs, confirmedAt, outcome, acknowledgedBy, recoverySeconds } = experiment;
  const undo = revertedAt === null ? 'not seen undone' : `${revertedAt}, by the ${revertedBy ?? 'unknown'}`;
  return [
    ...(revertedAt === null || revertLateMs === null
      ? []
      : [['Planned end', new Date(Date.parse(revertedAt) - revertLateMs).toISOString()] satisfies Fact]),
    ['Undone', revertLateMs === null ? undo : `${undo}, ${formatDuration(Math.abs(revertLateMs))} ${revertLateMs < 0 ? 'early' : 'late'}`],
    ['Proven gone', confirmedAt ?? 'no'],
    ...(outcome === null ? [] : [['Outcome', outcome] satisfies Fact]),
    ...(acknowledgedBy === null ? [] : [['Taken on', `by ${acknowledgedBy.actor}: ${acknowledgedBy.reason}`] satisfies Fact]),
    [
      'Recovery',
      recoverySeconds === null
        ? 'steady state was not seen to be back'
        : `steady state was back after ${formatDuration(recoverySeconds * 1_000)}`,
    ],
  ];
}

const stepNames = {
  injected: 'How it was injected',
  verified: 'How it was seen in effect',
  undone: 'How it was undone',
  confirmed: 'How it was read back as gone',
};

function proofs({ proofs: all }: ExperimentReport, steps: readonly (keyof typeof stepNames)[]): string {
  return steps.map((step) => proof(stepNames[step], all?.[step])).join('');
}

function proof(name: string, given: StepProof | undefined): string {
  if (given === undefined || given.targets.length === 0) return '';
  const told = given.targets.map(({ target, detail }) => `<li>${text(`${target}: ${detail}`)}</li>`);
  const more = given.leftOut === 0 ? '' : `<li>and on ${plural(given.leftOut, 'more target')}</li>`;
  return `\n<details class="proof"><summary>${name}</summary><ul>${told.join('')}${more}</ul></details>`;
}

function effect(experiment: ExperimentReport, number: string): string {
  const rows = experiment.probes.map((probe) => {
    const [title = '', verdict = '', ...rest] = probeRow(probe, formatTolerance(probe.tolerance, probe.unit));
    return [text(title), badge(verdict), ...rest.map(text)];
  });
  const judged = dataTable({ caption: `Probes of ${number}`, columns: probeColumns, rows });
  const phases = effectRows(experiment);
  if (phases.length === 0) return judged;
  const caption = `Before, during and after ${number}`;
  return `${judged}\n${dataTable({ caption, columns: effectColumns, rows: phases.map((cells) => cells.map(text)) })}`;
}

function nameAndValue([name, value]: [string, unknown]): string {
  return `${name} ${Array.isArray(value) ? value.join(' ') : typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
}
