import { renderPage } from '../report/html/page.ts';
import { entryModule } from './browser-modules.ts';
import { pageStyle } from './page-style.ts';

/** What every page is before anything is on it: nobody's, so that it is served without a key. */
export const shell = renderPage({
  title: 'squall',
  extraStyle: pageStyle,
  extraHead: `<link rel="icon" href="data:,">\n<script type="module" src="/assets/${entryModule}"></script>\n`,
  body: `<nav aria-label="squall"><a href="/runs">Runs</a><button type="button" id="sign-out" hidden>Sign out</button></nav>
<noscript><p>These pages ask the API as whoever looks at them, and need JavaScript for that. <code>squall list</code> and <code>squall watch</code> do without.</p></noscript>
<div id="page" aria-busy="true"><p>Loading…</p></div>`,
});

/**
 * No script but the API's own files, nothing from elsewhere, and no frame around it. Styles may be inline: charts carry theirs, and a
 * style can send nothing anywhere under this policy.
 */
export const pageHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "style-src 'unsafe-inline'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;
