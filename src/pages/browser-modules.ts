import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// What runs in the browser is what runs here, without its types: no bundle is built, and nothing is written twice.

const root = new URL('../', import.meta.url);
/** `.ts` in a checkout, `.js` in the package. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const imported = /(\bfrom\s*')(\.{1,2}\/[^']+)(')/g;

/** The module that a page loads. */
export const entryModule = nameOf(new URL(`pages/browser/main${extension}`, root));

let modules: ReadonlyMap<string, string> | undefined;

/** The source of a module by the name that pages have for it; undefined: pages load no such module. */
export function browserModule(name: string): string | undefined {
  modules ??= readAll();
  return modules.get(name);
}

/** The names of all that a page loads. */
export function browserModuleNames(): string[] {
  modules ??= readAll();
  return [...modules.keys()];
}

/** The page's module and all that it imports. @throws Error: one imports what no browser has */
function readAll(): Map<string, string> {
  const found = new Map<string, string>();
  const left = [new URL(`pages/browser/main${extension}`, root)];
  for (let url = left.pop(); url !== undefined; url = left.pop()) {
    const name = nameOf(url);
    if (found.has(name)) continue;
    const file = url;
    const source = readFileSync(file, 'utf8');
    const plain = extension === '.ts' ? stripTypeScriptTypes(source) : source;
    const [foreign] = /\bfrom\s*'(?!\.)[^'\n]+'/.exec(plain) ?? [];
    if (foreign !== undefined)
      throw new Error(`${name}: found ${foreign.trim()}, expected imports of modules beside it: it runs in browsers`);
    found.set(
      name,
      plain.replaceAll(imported, (_match, before: string, path: string, after: string) => {
        const next = new URL(path, file);
        left.push(next);
        return `${before}./${nameOf(next)}${after}`;
      }),
    );
  }
  return found;
}

/** `pages.browser.main.js`: one segment of a path. */
function nameOf(url: URL): string {
  const path = relative(fileURLToPath(root), fileURLToPath(url));
  return `${path.slice(0, -extension.length).replaceAll(/[\\/]/g, '.')}.js`;
}
