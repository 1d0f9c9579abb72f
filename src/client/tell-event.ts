import type { EventTarget, RunEvent, SeriesSummary } from '../contracts/run-event.ts';
import { formatNumber, formatPercent } from '../report/format.ts';
import { type Paint, paintVerdict } from '../report/paint.ts';

/** An event as a person reads it: lines without their time; none when it says nothing new. */
export function tellEvent(event: RunEvent, paint: Paint): string[] {
  switch (event.type) {
    case 'run.started':
      return [`${paint('strong', event.campaign)} on ${event.cluster}/${event.namespace}, seed ${event.seed}`];
    case 'run.planned':
      return tellPlan(event, paint);
    case 'experiment.started':
      return ['', paint('strong', `${event.index}. ${event.experiment}: ${event.fault}`)];
    case 'experiment.prepared':
      return [
        `targets ${event.targets.map(tellTarget).join(', ')}`,
        `mechanism ${event.mechanism}: ${event.mechanismReason}`,
        ...event.warnings.map((warning) => `${paint('caution', 'warning')} ${warning.message}`),
      ];
    case 'fault.injected':
      return [`${paint('caution', 'injected')} ${event.fault}`, ...event.perTarget.map(({ target, detail }) => `  ${target}: ${detail}`)];
    case 'fault.verified':
      return tellReadBack(event, paint, 'verified: it is in effect', 'NOT in effect');
    case 'fault.observed':
      return tellObservation(event, paint);
    case 'fault.reverted':
      return [
        `${paint('good', 'undone')} by the ${event.revertedBy}`,
        ...event.perTarget.map(({ target, by, detail }) => `  ${target}: ${by === event.revertedBy ? '' : `by the ${by}, `}${detail}`),
      ];
    case 'fault.confirmed':
      return tellReadBack(event, paint, 'confirmed: it is gone', 'STILL in effect');
    case 'experiment.finished':
      return event.problem === null ? [] : [`${paint('bad', event.problem.kind)}: ${event.problem.message}`];
    case 'run.validated':
      return ['', ...event.checks.map(({ name, ok, detail }) => `${ok ? paint('good', 'ok') : paint('bad', 'FAIL')} ${name}: ${detail}`)];
    case 'run.phase':
      return event.phase === 'Queued' || event.phase === 'Paused' ? [paint('caution', event.phase)] : [];
    case 'run.paused':
      return [`${paint('caution', 'paused')} ${tellWho(event)}; faults under way are ${event.faults === 'undo' ? 'undone' : 'held'}`];
    case 'run.resumed':
      return [`${paint('good', 'resumed')} ${tellWho(event)}`];
    case 'run.abort-requested':
      return [`${paint('caution', 'aborted')} ${tellWho(event)}; everything is undone first`];
    case 'run.approval-awaited':
      return [`${paint('caution', 'waits for approval')} ${event.approval} until ${event.until}`];
    case 'run.approval-answered':
      return [`${event.approved ? paint('good', 'approved') : paint('bad', 'rejected')} ${tellWho(event)}`];
    case 'run.stop-condition':
      return [`${paint('bad', 'stop condition')} ${event.condition}: ${event.seen}; everything is undone`];
    case 'experiment.extended':
      return [`${event.experiment} ${paint('caution', `extended by ${event.byMs / 1_000} s`)} ${tellWho(event)}`];
    case 'experiment.skipped':
      return [`${event.experiment} ${paint('caution', 'skipped')} ${tellWho(event)}`];
    case 'experiment.retried':
      return [`${event.experiment} ${paint('caution', 'retried')} ${tellWho(event)}`];
    case 'undo.failing':
      return [`${paint('bad', `the undo of ${event.experiment} does not succeed`)}, and is tried again: ${event.missing}`];
    case 'undo.settle-requested':
      return [`${paint('caution', event.by === 'force' ? 'undo forced' : 'undo taken on')} ${tellWho(event)}`];
    case 'undo.settled':
      return [paint('good', `the undo of ${event.experiment} is settled`)];
    case 'run.cancel-requested':
      return [paint('caution', 'cancelling: the fault is undone first')];
    case 'activity.failed':
      return [
        `${paint(event.final ? 'bad' : 'caution', `${event.activity} failed`)} (attempt ${event.attempt}, ${event.failureType}): ${event.message}`,
      ];
    case 'run.finished':
      return [
        '',
        event.verdict === null
          ? `${paint('bad', event.ending)}: ${event.reason}`
          : `${paintVerdict(paint, event.verdict)}${event.score === null ? '' : `, score ${formatNumber(event.score)}`}: ${event.reason}`,
      ];
    default:
      return nothingOf(event);
  }
}

/** The API may be of a newer release, and know events that this one does not. */
function nothingOf(_event: never): string[] {
  return [];
}

function tellWho({ actor, reason }: { actor: string; reason: string | null }): string {
  return `by ${actor}${reason === null ? '' : `: ${reason}`}`;
}

function tellPlan(event: Extract<RunEvent, { type: 'run.planned' }>, paint: Paint): string[] {
  return [
    `planned ${event.experiments.length} experiments on ${event.workload ?? 'pods without a workload'}`,
    ...event.experiments.map(
      ({ name, fault, cluster, targets }) =>
        `  ${name}: ${fault} on ${targets.map(tellTarget).join(', ')}${cluster === undefined ? '' : ` in cluster ${cluster}`}`,
    ),
    ...event.warnings.map((warning) => `${paint('caution', 'warning')} ${warning.path}: ${warning.message}`),
    ...event.refusals.map((refusal) => `${paint('bad', 'refused')} ${refusal.subject}: ${refusal.message}`),
  ];
}

function tellTarget({ target, node, zone, role }: EventTarget): string {
  const place = [role, target === `node/${node}` ? null : node, zone].filter((part) => part !== null);
  return place.length === 0 ? target : `${target} (${place.join(', ')})`;
}

function tellReadBack(
  event: { ok: boolean; perTarget: { target: string; ok: boolean; detail: string }[] },
  paint: Paint,
  good: string,
  bad: string,
): string[] {
  if (event.ok) return [paint('good', good)];
  const missed = event.perTarget.filter(({ ok }) => !ok).map(({ target, detail }) => `${target}: ${detail}`);
  return [`${paint('bad', bad)} ${missed.join('; ')}`];
}

function tellObservation(event: Extract<RunEvent, { type: 'fault.observed' }>, paint: Paint): string[] {
  const lines = event.series.map((series) => `  ${tellSeries(series)}`);
  if (event.readBacks.missed > 0)
    lines.push(paint('bad', `  ${event.readBacks.missed} of ${event.readBacks.count} read-backs missed the fault`));
  if (event.notRecovered !== null) lines.push(paint('bad', `  steady state is not back: ${event.notRecovered}`));
  if (event.recoveredAt !== null) lines.push(paint('good', '  steady state is back'));
  return [`observed ${event.during === 'fault' ? 'while the fault held' : 'until steady state was back'}`, ...lines];
}

function tellSeries({ name, unit, samples, successPercent, p50, p95, max }: SeriesSummary): string {
  const share = `${formatPercent(successPercent)} of ${samples} ok`;
  if (p50 === null) return `${name}: ${share}`;
  const values = samples === 1 ? formatNumber(max) : `p50 ${formatNumber(p50)}, p95 ${formatNumber(p95)}, max ${formatNumber(max)}`;
  return `${name}: ${values}${unit === '' || unit === 'none' ? '' : ` ${unit}`}, ${share}`;
}
