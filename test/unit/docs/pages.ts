import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, walkTokens } from 'marked';

export const root = join(import.meta.dirname, '../../..');

/** A block of code of a page: fenced, or indented, and then of no language. */
export interface Sample {
  /** `docs/language.md:12`, where its fence begins */
  place: string;
  /** the first word of its info string */
  language: string;
  /** the rest of its info string */
  of: string;
  text: string;
}

export interface Link {
  place: string;
  href: string;
}

export interface Page {
  /** within the project */
  path: string;
  text: string;
  /** those of links and of images */
  links: Link[];
  /** what a link may name after a `#` */
  anchors: ReadonlySet<string>;
  samples: Sample[];
  /** what stands between single backticks */
  spans: { place: string; text: string }[];
}

/** Folders that hold nothing of the project's own. */
const foreign = new Set(['node_modules', 'out', 'dist']);

/** Every Markdown file of the project. */
export function readPages(): Page[] {
  return markdownFiles(root).map((file) => readPage(relative(root, file), readFileSync(file, 'utf8')));
}

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return foreign.has(entry.name) || entry.name.startsWith('.') ? [] : markdownFiles(path);
      return entry.name.endsWith('.md') ? [path] : [];
    })
    .toSorted();
}

export function readPage(path: string, text: string): Page {
  const slugger = new GithubSlugger();
  const page: Page = { path, text, links: [], anchors: new Set(), samples: [], spans: [] };
  const anchors = new Set<string>();
  let offset = 0;
  for (const block of lexer(text)) {
    const place = (raw: string) => `${path}:${lineAt(text, Math.max(offset, text.indexOf(raw.split('\n', 1)[0] ?? '', offset)))}`;
    void walkTokens([block], (token: Token) => {
      if (token.type === 'heading') anchors.add(slugger.slug(plainText(token.tokens ?? [])));
      if (token.type === 'html') for (const [, id = ''] of token.raw.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
      if (token.type === 'link' || token.type === 'image') page.links.push({ place: place(token.raw), href: String(token.href) });
      if (token.type === 'codespan') page.spans.push({ place: place(token.raw), text: unescaped(String(token.text)) });
      if (token.type === 'code') {
        const [language = '', ...rest] = String(token.lang ?? '').split(' ');
        page.samples.push({ place: place(token.raw), language, of: rest.join(' '), text: String(token.text) });
      }
    });
    offset += block.raw.length;
  }
  page.anchors = anchors;
  return page;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => ('tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? unescaped(String(token.text)) : ''))
    .join('');
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
