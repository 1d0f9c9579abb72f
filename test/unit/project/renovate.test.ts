import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, matchesGlob } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const files = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: (name) => /(^|\/)(node_modules|dist|out|\.squall)$/.test(name) });

const patterns = z.object({ managerFilePatterns: z.array(z.string()) });
const config = z
  .object({
    ignorePaths: z.array(z.string()),
    enabledManagers: z.array(z.string()),
    kubernetes: patterns,
    pip_requirements: patterns,
    customManagers: z.array(patterns.extend({ matchStrings: z.array(z.string()) })),
    packageRules: z.array(z.object({ matchPackageNames: z.array(z.string()).optional(), matchFileNames: z.array(z.string()).optional() })),
  })
  .parse(JSON.parse(read('renovate.json')));

const ignored = (file: string) => config.ignorePaths.some((pattern) => matchesGlob(file, pattern));

/** Files that pin something, by the manager that knows them, as Renovate finds them of itself or is told here. */
const pinning: Record<string, string[]> = {
  npm: files('**/package.json'),
  gomod: files('**/go.mod'),
  dockerfile: files('**/Dockerfile').filter((file) => !ignored(file)),
  'docker-compose': files('docker-compose.yml'),
  kubernetes: matching(config.kubernetes.managerFilePatterns),
  pip_requirements: matching(config.pip_requirements.managerFilePatterns),
};

/** Renovate's own way of writing a regular expression. */
function matching(expressions: readonly string[]): string[] {
  const all = [...files('**/*.{yaml,yml,txt,ts}')];
  return all.filter((file) => expressions.some((expression) => new RegExp(expression.slice(1, -1)).test(file)));
}

/** Names of what is pinned, of every kind. */
const names = new Set([
  ...Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies }),
  ...pinningOf('gomod').flatMap((file) => [...read(file).matchAll(/^(?:require)?\s+(\S+\.\S+\/\S+) v\d/gm)].map(([, name = '']) => name)),
  ...pinningOf('dockerfile').flatMap((file) => [...read(file).matchAll(/=(\S+):\d[\w.-]*$/gm)].map(([, name = '']) => name)),
  ...[...pinningOf('docker-compose'), ...pinningOf('kubernetes')].flatMap((file) =>
    parseAllDocuments(read(file)).flatMap((document) =>
      [...document.toString().matchAll(/image: ([\w./-]+)/g)].map(([, name = '']) => name),
    ),
  ),
  'github.com/temporalio/cli',
]);

function pinningOf(manager: string): string[] {
  return pinning[manager] ?? [];
}

describe('renovate.json', () => {
  for (const [manager, found] of Object.entries(pinning)) {
    it(`looks after what ${manager} pins`, () => {
      assert.ok(config.enabledManagers.includes(manager));
      assert.ok(found.length > 0, 'found no such file');
    });
  }

  it('finds each version that it is to find by a pattern, once', () => {
    for (const { managerFilePatterns, matchStrings } of config.customManagers) {
      const texts = matching(managerFilePatterns).map(read);
      assert.equal(texts.length, 1, managerFilePatterns.join());
      for (const pattern of matchStrings)
        assert.equal(
          [...(texts[0] ?? '').matchAll(new RegExp(pattern, 'g'))].length,
          1,
          `${pattern} in ${basename(managerFilePatterns[0] ?? '')}`,
        );
    }
  });

  it('has no rule for what is not there', () => {
    for (const { matchPackageNames = [], matchFileNames = [] } of config.packageRules) {
      const idle = matchPackageNames.filter(
        (pattern) => ![...names].some((name) => matchesGlob(name, pattern.replace(/(?<!\/)\*\*$/, '*'))),
      );
      assert.deepEqual(idle, [], [...names].join(' '));
      for (const pattern of matchFileNames) assert.ok(files(pattern).length > 0, pattern);
    }
  });

  it('leaves alone only folders that are there', () => {
    for (const pattern of config.ignorePaths.filter((each) => !each.startsWith('**')))
      assert.ok(existsSync(join(root, pattern.replace('/**', ''))), pattern);
  });
});
