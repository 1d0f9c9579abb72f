import { escapeMarkup as text } from '../escape-markup.ts';
import { style } from './style.ts';

export interface Page {
  title: string;
  /** markup between `<main>` and its end */
  body: string;
  /** rules beside those every page has */
  extraStyle?: string;
  /** markup at the end of `<head>`, for pages that are served and may load something */
  extraHead?: string;
}

/** A page of squall: one language, one look, readable on any screen, light or dark, and on paper. */
export function renderPage({ title, body, extraStyle = '', extraHead = '' }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<style>${style}${extraStyle}</style>
${extraHead}</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}
