import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mistakesInYaml } from './check-yaml.ts';
import { root } from './pages.ts';

/** What is neither a campaign nor an object of Kubernetes: files of the configuration, and of other tools, which are read as YAML alone. */
const others: [name: RegExp, of: string][] = [
  [/^examples\/multi-cluster\/clusters\.yaml$/, 'clusters'],
  [/^k8s\/.*policy\.yaml$/, 'policy'],
  // Patches and the like are for Kustomize to judge.
  [/^examples\/ci\/|^examples\/gitops\/alertmanager\.yaml$|^k8s\/(?!janitor)/, 'fragment'],
];

describe('files that are there to be taken over', () => {
  const paths = ['examples', 'k8s'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => `${folder}/${name}`),
  );

  for (const path of paths.toSorted()) {
    it(`are right: ${path}`, () => {
      const of = others.find(([name]) => name.test(path))?.[1] ?? '';
      assert.deepEqual(mistakesInYaml({ place: path, language: 'yaml', of, text: readFileSync(join(root, path), 'utf8') }), []);
    });
  }
});
