import { followEvents } from '../../client/follow-events.ts';
import { tellEvent } from '../../client/tell-event.ts';
import type { RunEvent } from '../../contracts/run-event.ts';
import { initialState, type LiveState, nextState } from '../live-state.ts';
import { watchActions } from './actions.ts';
import { element, find, setText } from './dom.ts';
import { access } from './session.ts';

/** More events than that are not kept on the page; the first ones go. */
const mostEvents = 500;

export interface LiveOptions {
  /** by how much the API's clock is ahead of this one */
  skewMs: number;
  signal: AbortSignal;
  /** when the run has ended: its report is there */
  onEnd: () => void;
}

/** Follows a run on its page, from its first event, until it ends or the page is left. */
export async function showLive(live: HTMLElement, { skewMs, signal, onEnd }: LiveOptions): Promise<void> {
  const id = live.dataset.liveRun ?? '';
  const rows = [...live.querySelectorAll('[data-experiment]')].filter((row) => row instanceof HTMLElement);
  let state = initialState(rows.map(({ dataset }) => ({ name: dataset.experiment ?? '', durationMs: Number(dataset.durationMs) })));
  const actions = watchActions(live, id);
  const draw = () => {
    drawState(live, rows, state, Date.now() + skewMs);
    actions.draw(state);
  };
  const clock = setInterval(draw, 1_000);
  signal.addEventListener('abort', () => clearInterval(clock), { once: true });
  const connection = find(live, '[data-connection]', HTMLElement);
  const told = (text: string, isLost: boolean) => {
    connection.classList.toggle('warn', isLost);
    setText(connection, text);
  };
  try {
    const events = followEvents(`${location.origin}/v1/runs/${encodeURIComponent(id)}/events`, signal, {
      token: access().token,
      onLost: (why) => told(`The API is away (${why}). It is tried again, and the run is taken up where it was.`, true),
      onBack: () => told('Live: this page follows the run.', false),
    });
    told('Live: this page follows the run.', false);
    for await (const event of events) {
      state = nextState(state, event);
      addEvent(live, event);
      draw();
    }
    onEnd();
  } catch (error) {
    if (!signal.aborted) told(`The run is not followed any more: ${error instanceof Error ? error.message : String(error)}`, true);
  } finally {
    clearInterval(clock);
  }
}

function drawState(live: HTMLElement, rows: readonly HTMLElement[], state: LiveState, now: number): void {
  setText(find(live, '[data-phase]', HTMLElement), state.phase ?? 'Planning');
  const approval = find(live, '[data-approval]', HTMLElement);
  approval.hidden = state.approval === null;
  if (state.approval !== null)
    setText(approval, `It waits for approval of ${state.approval.name}, for ${leftOf(state.approval.until, now)} more.`);
  for (const row of rows) {
    const experiment = state.experiments.find(({ name }) => name === row.dataset.experiment);
    if (experiment === undefined) continue;
    setText(find(row, '[data-state]', HTMLElement), experiment.state);
    setText(find(row, '[data-timer]', HTMLElement), experiment.endsAt === null ? '' : leftOf(experiment.endsAt, now));
  }
}

/** `1:07`, or `0:00` when it should be over. */
function leftOf(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function addEvent(live: HTMLElement, event: RunEvent): void {
  const lines = tellEvent(event, (_style, text) => text).filter((line) => line !== '');
  if (lines.length === 0) return;
  const list = find(live, '[data-events]', HTMLElement);
  const at = new Date(event.at);
  const time = element('time', { text: at.toLocaleTimeString(), attributes: { datetime: event.at, title: at.toLocaleString() } });
  const text = element('span', { text: lines.map((line) => line.trimEnd()).join('\n') });
  list.prepend(element('li', { attributes: { 'data-event': event.type }, children: [time, text] }));
  while (list.children.length > mostEvents) list.lastElementChild?.remove();
}
