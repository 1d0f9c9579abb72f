import { request } from '../../client/api.ts';
import type { LiveState } from '../live-state.ts';
import { find, setText } from './dom.ts';
import { access, actor, keepActor } from './session.ts';

type Action = 'pause' | 'resume' | 'abort' | 'approve' | 'reject';

/** When each makes sense. Whether the caller may, the API has seen to: a button that is not allowed is not on the page. */
const makesSense: Record<Action, (state: LiveState) => boolean> = {
  pause: ({ paused, approval }) => !paused && approval === null,
  resume: ({ paused }) => paused,
  abort: () => true,
  approve: ({ approval }) => approval !== null,
  reject: ({ approval }) => approval !== null,
};

export interface Actions {
  draw(state: LiveState): void;
}

/** The buttons by which a run is steered. */
export function watchActions(live: HTMLElement, id: string): Actions {
  const form = live.querySelector('[data-actions]');
  if (!(form instanceof HTMLFormElement)) return { draw() {} };
  const buttons = [...form.querySelectorAll('button[data-action]')].filter((button) => button instanceof HTMLButtonElement);
  const name = form.querySelector('[name=actor]');
  if (name instanceof HTMLInputElement) name.value = actor();
  // Enter in a field must not press whichever button comes first.
  form.addEventListener('submit', (event) => event.preventDefault());
  const disable = (isDisabled: boolean) => {
    for (const button of buttons) button.disabled = isDisabled;
  };
  for (const button of buttons) {
    button.addEventListener('click', () => {
      if (!form.reportValidity()) return;
      // The run may tell of it before the answer comes: the next wish waits for that.
      disable(true);
      void press(form, id, button.dataset.action as Action).finally(() => disable(false));
    });
  }
  return {
    draw(state) {
      for (const button of buttons) button.hidden = state.finished !== null || !makesSense[button.dataset.action as Action](state);
      const faults = form.querySelector('[data-faults]');
      if (faults instanceof HTMLElement) faults.hidden = !makesSense.pause(state);
    },
  };
}

async function press(form: HTMLFormElement, id: string, action: Action): Promise<void> {
  const answer = find(form, '[data-answer]', HTMLElement);
  const given = new FormData(form);
  const text = (field: string) => String(given.get(field) ?? '').trim();
  const [who, reason] = [text('actor'), text('reason')];
  if (who !== '') keepActor(who);
  if (action === 'abort' && reason === '') {
    setText(answer, 'Say why it is aborted: the reason is kept in the run.');
    find(form, '[name=reason]', HTMLInputElement).focus();
    return;
  }
  const json = {
    ...(who !== '' && { actor: who }),
    ...(reason !== '' && { reason }),
    ...(action === 'pause' && { faults: text('faults') }),
    ...((action === 'approve' || action === 'reject') && { approved: action === 'approve' }),
  };
  setText(answer, '');
  try {
    await request(access(), `/v1/runs/${encodeURIComponent(id)}/${action === 'reject' ? 'approve' : action}`, { method: 'POST', json });
    find(form, '[name=reason]', HTMLInputElement).value = '';
  } catch (error) {
    setText(answer, error instanceof Error ? error.message : String(error));
  }
}
