import { element, find } from './dom.ts';
import { access, forgetKey, keepKey } from './session.ts';

/** Asks for the API key, and keeps it for this tab. @param goOn is called when one was given */
export function askForKey(page: HTMLElement, refusal: string, goOn: () => void): void {
  const hadKey = access().token !== null;
  forgetKey();
  const key = element('input', {
    attributes: { id: 'key', type: 'password', required: '', autocomplete: 'off', 'aria-describedby': 'key-note' },
  });
  const form = element('form', {
    attributes: { class: 'sign-in' },
    children: [
      element('label', { text: 'API key', attributes: { for: 'key' } }),
      key,
      element('button', { text: 'Sign in', attributes: { type: 'submit' } }),
    ],
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    keepKey(find(form, '#key', HTMLInputElement).value.trim());
    goOn();
  });
  page.replaceChildren(
    element('h1', { text: 'Sign in' }),
    element('p', {
      text: 'A key, or a token of a configured issuer. It is kept in this tab alone, until the tab is closed.',
      attributes: { id: 'key-note' },
    }),
    form,
    ...(hadKey ? [element('p', { text: refusal, attributes: { role: 'alert', class: 'bad' } })] : []),
  );
  key.focus();
}
