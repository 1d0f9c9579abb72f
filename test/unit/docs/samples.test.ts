import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runProgram } from '../../support/run-program.ts';
import { mistakesInCommands, mistakesInSquall, scriptOf } from './check-commands.ts';
import { mistakesInYaml } from './check-yaml.ts';
import { readPages, root, type Sample } from './pages.ts';

const pages = readPages();

/** Samples of these are shown, and there is nothing here to read them by. */
const shownOnly = new Set(['text', 'jsonc', 'lua', 'html', 'promql', 'mermaid', 'dockerfile', 'diff']);

function mistakesIn(sample: Sample): string[] {
  switch (sample.language) {
    case 'yaml':
      return mistakesInYaml(sample);
    case 'json':
      return sample.of === '' || sample.of === 'fragment' ? syntaxOfJson(sample.text) : mistakesInYaml(sample);
    case 'sh':
    case 'console':
      return mistakesInCommands(scriptOf(sample));
    case 'ts':
      return [];
    default:
      return shownOnly.has(sample.language)
        ? []
        : [`found ${sample.language || 'no language'}, expected yaml, json, sh, console, ts or one of ${[...shownOnly].join(', ')}`];
  }
}

function syntaxOfJson(text: string): string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

describe('samples of the docs', function () {
  this.timeout(180_000);

  for (const { path, samples } of pages.filter((page) => page.samples.length > 0)) {
    it(`of ${path} are right`, () => {
      assert.deepEqual(
        samples.flatMap((sample) => mistakesIn(sample).map((mistake) => `${sample.place}: ${mistake}`)),
        [],
      );
    });
  }

  it('in sh and console are taken by a shell', async () => {
    const scripts = pages.flatMap(({ samples }) => samples).filter(({ language }) => language === 'sh' || language === 'console');
    assert.ok(scripts.length > 50);
    // One shell for all: each script is the body of a function, which is read and not run.
    const text = scripts.map((sample, index) => `# ${sample.place}\nsample${index}() {\n${scriptOf(sample)}\n:\n}\n`).join('');
    const folder = mkdtempSync(join(tmpdir(), 'squall-samples-'));
    try {
      writeFileSync(join(folder, 'samples.sh'), text);
      const { code, output } = await runProgram('bash', ['-n', join(folder, 'samples.sh')], root);
      assert.equal(code, 0, `${output}\n${text}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('in ts pass the type check', async () => {
    const samples = pages.flatMap((page) => page.samples).filter(({ language, of }) => language === 'ts' && of !== 'fragment');
    assert.ok(samples.length > 0);
    const folder = mkdtempSync(join(tmpdir(), 'squall-samples-'));
    try {
      samples.forEach((sample, index) => {
        writeFileSync(join(folder, `sample-${index}.ts`), `// ${sample.place}\n${withImportsFrom(sample.of, sample.text)}\nexport {};\n`);
      });
      // As if it were in the project: its packages, its compiler's options.
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts', join(root, 'types')] }),
      );
      const { code, output } = await runProgram(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', folder], root);
      assert.equal(code, 0, output);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A sample says which file it could be (`ts src/faults/my-fault/declaration.ts`): what it imports is found from there. */
function withImportsFrom(file: string, text: string): string {
  return text.replaceAll(/(?<=from ')\.[^']+(?=')/g, (path) => resolve(root, file, '..', path));
}

describe('commands of squall that the docs name', () => {
  for (const { path, spans } of pages.filter((page) => page.spans.some(({ text }) => text.includes('squall ')))) {
    it(`are there, and their options: ${path}`, () => {
      const mistakes = spans.flatMap(({ place, text }) => {
        const words = /^(?:npm run (?:--silent )?squall -- |squall )([a-z][^`]*)$/.exec(text)?.[1]?.split(/\s+/);
        if (words === undefined) return [];
        // Words in capitals and brackets stand for something: only the command and its options can be told.
        const known = mistakesInSquall(words).filter((mistake) => /no such command|does not take/.test(mistake));
        return known.map((mistake) => `${place}: ${text}: ${mistake}`);
      });
      assert.deepEqual(mistakes, []);
    });
  }
});

describe('what reads the samples of the docs', () => {
  const at = (language: string, of: string, text: string): Sample => ({ place: 'here', language, of, text });
  const wrong: [what: string, sample: Sample][] = [
    ['a command that is none', at('sh', '', 'squall rnu campaign.yaml')],
    ['an option that is none', at('console', '', '$ export A=b\n$ squall run campaign.yaml --wiat\noutput')],
    ['a command after a pipe, and in quotes of a substitution', at('sh', '', 'cat x | X=1 squall nothing; echo "$(squall run)"')],
    ['a script that is none', at('sh', '', 'npm run nothing')],
    ['a route that is none', at('sh', '', "curl -X POST 'http://127.0.0.1:7400/v1/run?seed=1'")],
    ['a method the route has not', at('sh', '', 'curl -X DELETE http://127.0.0.1:7400/v1/runs')],
    ['a parameter the route has not', at('sh', '', "curl 'http://127.0.0.1:7400/v1/runs?verdikt=Failed'")],
    ['a file that is not there', at('sh', '', 'node examples/gone.ts')],
    ['a campaign with a mistake', at('yaml', '', 'apiVersion: squall.dev/v1\nkind: Campaign\nmetadata: { name: x }\nspec: {}')],
    ['a policy with a mistake', at('yaml', 'policy', 'default: { maxRun: 1 }')],
    ['an object without a kind', at('yaml', '', 'metadata: { name: x }')],
    ['JSON with a comma too many', at('json', '', '{"a": 1,}')],
    ['a language it does not know', at('', '', 'x')],
  ];
  for (const [what, sample] of wrong) it(`notices ${what}`, () => assert.ok(mistakesIn(sample).length > 0));

  it('passes over what is right', () => {
    assert.deepEqual(
      mistakesIn(at('sh', '', 'A=1 squall run campaign.yaml --wait --gate 80 > report.txt 2>&1 &&\n  echo done # squall nothing')),
      [],
    );
  });
});
