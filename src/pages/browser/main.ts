import { ApiProblem, request } from '../../client/api.ts';
import { element, find } from './dom.ts';
import { showLive } from './live.ts';
import { access, forgetKey } from './session.ts';
import { askForKey } from './sign-in.ts';

// The page itself is the same for everybody and tells of nothing. What is on it is asked for as whoever looks at it.

const page = find(document, '#page', HTMLElement);
const signOut = find(document, '#sign-out', HTMLButtonElement);
let leaving = new AbortController();

signOut.addEventListener('click', () => {
  forgetKey();
  void show();
});
void show();

async function show(): Promise<void> {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  page.setAttribute('aria-busy', 'true');
  try {
    const response = await request(access(), partOf(location), { accept: 'text/html', signal });
    const skewMs = Date.parse(response.headers.get('date') ?? '') - Date.now();
    put(await response.text());
    const live = page.querySelector('[data-live-run]');
    if (live instanceof HTMLElement) void showLive(live, { skewMs: Number.isNaN(skewMs) ? 0 : skewMs, signal, onEnd: () => void show() });
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiProblem && error.status === 401) askForKey(page, error.message, () => void show());
    else put(undefined, error);
  } finally {
    if (!signal.aborted) page.removeAttribute('aria-busy');
    signOut.hidden = access().token === null;
  }
}

/** Where what is on a page is asked for. Fields of a form that were left empty ask for nothing. */
function partOf({ pathname, search }: Location): string {
  const asked = [...new URLSearchParams(search)].filter(([, value]) => value !== '');
  return `/parts${pathname === '/' ? '/runs' : pathname}${asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`}`;
}

/** What the API made of texts that it escaped; the page's policy runs no script that may be in it. */
function put(markup: string | undefined, error?: unknown): void {
  if (markup !== undefined) {
    // Styles that come first are taken for the head's.
    const { head, body } = new DOMParser().parseFromString(markup, 'text/html');
    page.replaceChildren(...head.childNodes, ...body.childNodes);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    const again = element('button', { text: 'Try again', attributes: { type: 'button' } });
    again.addEventListener('click', () => void show());
    page.replaceChildren(
      element('h1', { text: 'It cannot be shown' }),
      element('p', { text: message, attributes: { role: 'alert' } }),
      again,
    );
  }
  const heading = page.querySelector('h1')?.textContent ?? '';
  document.title = `${heading.trim()} · squall`;
}
