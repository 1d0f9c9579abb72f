import type { ApiContext } from '../api/context.ts';
import { reportLinks } from '../api/report-links.ts';
import type { RunResource } from '../api/run-resource.ts';
import type { ExperimentSpec } from '../contracts/campaign.ts';
import type { Report } from '../contracts/report.ts';
import { escapeMarkup as text } from '../report/escape-markup.ts';
import { formatDuration } from '../report/format.ts';
import { factsList } from '../report/html/facts-list.ts';
import { drawnPage } from '../report/html/render-html.ts';
import { section } from '../report/html/section.ts';

/** What the caller may do to the run. */
export interface Allowed {
  /** pause and abort */
  stop: boolean;
  resume: boolean;
  approve: boolean;
}

export interface LivePart {
  run: RunResource;
  experiments: readonly ExperimentSpec[];
  allowed: Allowed;
  /** the caller has to say who it is: nobody was asked for a key */
  asksForName: boolean;
}

/** A run that goes on, as markup that the page's script follows it with. */
export function livePart({ run, experiments, allowed, asksForName }: LivePart): string {
  const { id, campaign } = run;
  const rows = experiments.map(
    ({ name, fault, durationMs }) =>
      `<tr data-experiment="${text(name)}" data-duration-ms="${durationMs}"><th scope="row">${text(name)}</th><td><code>${text(fault)}</code></td><td>${text(formatDuration(durationMs))}</td><td data-state>to come</td><td data-timer></td></tr>`,
  );
  const table = `<div class="wide" role="region" aria-label="Experiments" tabindex="0"><table>
<thead><tr><th scope="col">experiment</th><th scope="col">fault</th><th scope="col">duration</th><th scope="col">is</th><th scope="col">ends in</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`;
  return `<article data-live-run="${text(id)}">
<header>
<h1>${text(campaign ?? id)} <span class="badge neutral" data-phase>${text(run.phase ?? 'Planning')}</span></h1>
<p role="status" data-connection>It is being connected.</p>
<p class="warn" data-approval hidden></p>
${factsList(runFacts(run))}
</header>
${steering(allowed, asksForName)}
${section('Experiments', table)}
${section('Events, latest first', '<ol class="events" data-events tabindex="0" aria-label="Events"></ol>')}
${webUiLink(run)}
</article>`;
}

/** Whoever may do nothing sees no form. */
function steering({ stop, resume, approve }: Allowed, asksForName: boolean): string {
  const button = (action: string, label: string) => `<button type="button" data-action="${action}" hidden>${label}</button>`;
  const buttons = [
    ...(stop ? [button('pause', 'Pause')] : []),
    ...(resume ? [button('resume', 'Resume')] : []),
    ...(approve ? [button('approve', 'Approve'), button('reject', 'Reject')] : []),
    ...(stop ? [button('abort', 'Abort')] : []),
  ];
  if (buttons.length === 0) return '';
  const name = asksForName ? '<label>Your name <input name="actor" required maxlength="200" autocomplete="name"></label>\n' : '';
  const faults = stop
    ? '<label data-faults>When paused, faults under way <select name="faults"><option value="undo">are undone</option><option value="hold">go on</option></select></label>\n'
    : '';
  return section(
    'Steer',
    `<form class="fields" data-actions>
${name}<label>Reason <input name="reason" maxlength="1000"></label>
${faults}${buttons.join('\n')}
<p role="alert" class="bad" data-answer></p>
</form>`,
  );
}

/** A run that has ended: its report, and the run before it to compare it with. */
export async function endedPart(
  run: RunResource,
  report: Report | null,
  before: RunResource | null,
  context: Pick<ApiContext, 'grafanaUrl'>,
): Promise<string> {
  if (report === null) {
    return `<h1>${text(run.campaign ?? run.id)}</h1>\n<p>It ended without a report: Temporal's Web UI and the audit tell why.</p>\n${factsList(runFacts(run))}\n${webUiLink(run)}`;
  }
  const links = [
    ...(before === null
      ? []
      : [{ label: 'Compare with the run before', href: `/compare?${new URLSearchParams({ a: before.id, b: run.id })}` }]),
    ...reportLinks(report, run.links, context),
  ];
  const { body, extraStyle = '' } = await drawnPage(report, links);
  return `<style>${extraStyle}</style>\n${body}`;
}

function runFacts({ id, cluster, namespace, startedAt, startedBy, retryOf }: RunResource): [string, string][] {
  return [
    ['run', id],
    ['target', `${cluster ?? '–'}/${namespace ?? '–'}`],
    ['started', `${startedAt.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '')} UTC${startedBy === null ? '' : ` by ${startedBy}`}`],
    ...(retryOf === null ? [] : [['repeats', retryOf] satisfies [string, string]]),
  ];
}

function webUiLink({ links: { ui } }: RunResource): string {
  return ui === undefined ? '' : `<p><a href="${text(ui)}">In Temporal's Web UI</a></p>`;
}
