import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Page, readPage, readPages, root } from './pages.ts';

const pages = readPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

/** What is wrong with a link; undefined: nothing. Of the web only the form is looked at: tests run without one. */
function mistakeIn(href: string, page: Page): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(href)) {
    if (!URL.canParse(href)) return 'no URL';
    const { protocol, hostname } = new URL(href);
    if (hostname === '127.0.0.1' || hostname === 'localhost') return undefined;
    return protocol === 'https:' ? undefined : `${protocol} instead of https:`;
  }
  const [path = '', anchor] = decodeURI(href).split('#');
  if (path.startsWith('/')) return 'an absolute path: it leads nowhere in a checkout';
  const target = path === '' ? page.path : normalize(join(dirname(page.path), path));
  if (target !== page.path && !existsSync(join(root, target))) return `there is no ${target}`;
  if (anchor === undefined) return undefined;
  if (/^L\d+(-L\d+)?$/.test(anchor)) return undefined;
  const file = target !== page.path && statSync(join(root, target)).isDirectory() ? join(target, 'README.md') : target;
  const there = file === page.path ? page : byPath.get(file);
  if (there === undefined) return `${file} has no headings`;
  return there.anchors.has(anchor) ? undefined : `${file} has no heading #${anchor}; it has ${[...there.anchors].join(', ')}`;
}

describe('links of the docs', () => {
  for (const page of pages) {
    it(`of ${page.path} lead somewhere`, () => {
      const mistakes = page.links.flatMap(({ place, href }) => {
        const mistake = mistakeIn(href, page);
        return mistake === undefined ? [] : [`${place}: ${href}: ${mistake}`];
      });
      assert.deepEqual(mistakes, []);
    });
  }

  it('are found, and so is what is wrong with them', () => {
    const page = readPage(
      'docs/nowhere.md',
      '# A *title*, `code`\n[a](#a-title-code) [b](#b) [c](gone.md) ![d](http://example.com/d.png)\n',
    );
    assert.deepEqual(
      page.links.map(({ href }) => mistakeIn(href, page) !== undefined),
      [false, true, true, true],
    );
  });

  it('reach every page from README.md', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const { href } of byPath.get(path)?.links ?? []) {
        if (/^[a-z]+:|^#/i.test(href)) continue;
        const target = normalize(join(dirname(path), href.split('#', 1)[0] ?? ''));
        reached.add(target.endsWith('.md') ? target : join(target, 'README.md'));
      }
    }
    const lost = pages.map(({ path }) => path).filter((path) => !reached.has(path));
    assert.deepEqual(lost, [], 'no page links them');
  });
});

describe('files that the docs name', () => {
  const tops = 'agent|bench|docs|examples|k8s|lab|schema|scripts|soak|src|test';
  const named = new RegExp(`^(${tops})/[\\w./-]+$`);

  for (const page of pages.filter(({ spans }) => spans.some(({ text }) => named.test(text)))) {
    it(`are there: ${page.path}`, () => {
      const gone = page.spans.filter(({ text }) => named.test(text) && !isThere(text, page)).map(({ place, text }) => `${place}: ${text}`);
      assert.deepEqual(gone, []);
    });
  }
});

/** From the project's root, or from the page's own folder. */
function isThere(path: string, page: Page): boolean {
  return existsSync(join(root, path)) || existsSync(join(root, dirname(page.path), path));
}

describe('variables of the environment that the docs name', () => {
  const known = knownVariables();
  const variable = /\b(SQUALL|TEMPORAL)_[A-Z0-9_]+/;

  for (const page of pages.filter(({ text }) => variable.test(text))) {
    it(`are read by something: ${page.path}`, () => {
      const unknown = [...page.text.matchAll(/\b(SQUALL|TEMPORAL)_[A-Z0-9_]+\*?/g)]
        .map(([name]) => name)
        .filter((name) => (/[_*]$/.test(name) ? ![...known].some((one) => one.startsWith(name.replace('*', ''))) : !known.has(name)));
      assert.deepEqual([...new Set(unknown)], []);
    });
  }
});

describe('docs/configuration.md', () => {
  it('lists every variable of the configuration', () => {
    const source = readFileSync(join(root, 'src/config.ts'), 'utf8');
    const variables = [...source.matchAll(/^ {2}(SQUALL_[A-Z_]+): /gm)].map(([, name = '']) => name);
    assert.ok(variables.length > 15);
    const listed = byPath.get('docs/configuration.md')?.text ?? '';
    assert.deepEqual(
      variables.filter((name) => !listed.includes(`| \`${name}\` |`)),
      [],
    );
  });
});

/** Those of the code, and those of Temporal's own tools. */
function knownVariables(): Set<string> {
  const folders = ['src', 'lab', 'scripts/test', 'test/support', 'node_modules/@temporalio/envconfig/lib'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|js)$/.test(name))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );
  return new Set(files.flatMap((text) => [...text.matchAll(/\b(?:SQUALL|TEMPORAL)_[A-Z0-9_]+/g)].map(([name]) => name)));
}
