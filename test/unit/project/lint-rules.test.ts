import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';

const root = join(import.meta.dirname, '../../..');

/** The project's own configuration, on code that breaks its rules: a rule that never fires guards nothing. */
describe('lint rules', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-lint-'));
    for (const file of ['biome.json', '.oxlintrc.json', 'tsconfig.json', 'package.json'])
      copyFileSync(join(root, file), join(folder, file));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  /** Lines of the text at which the rule is broken. */
  async function broken(tool: 'biome' | 'oxlint', rule: string, text: string, path = 'src/workflows/example.ts'): Promise<number[]> {
    write(path, text);
    const args =
      tool === 'biome' ? ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github', 'src'] : ['--format=github', 'src'];
    const program = tool === 'biome' ? '@biomejs/biome/bin/biome' : 'oxlint/bin/oxlint';
    const { output } = await runProgram(process.execPath, [join(root, 'node_modules', program), ...args], folder);
    const lines = output.split('\n').filter((line) => line.startsWith('::error') && line.includes(rule));
    return lines.map((line) => Number(/line=(\d+)/.exec(line)?.[1]));
  }

  it('find a floating promise, of an activity called through its proxy too', async () => {
    write('src/contracts/activities.ts', 'export interface Activities { beat(): Promise<void> }\n');
    const text = `import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
const activities = proxyActivities<Activities>({ startToCloseTimeout: '1 s' });
async function act(): Promise<void> {}
export async function flow(): Promise<void> {
  activities.beat();
  act();
  await activities.beat();
  void act();
}
`;
    assert.deepEqual(await broken('oxlint', 'no-floating-promises', text), [6, 7]);
  });

  it('find a circular import, of types too, and let a module be loaded when it is needed', async () => {
    write('src/contracts/loaded.ts', "import '../workflows/example.ts';\n");
    write('src/contracts/value.ts', "import '../workflows/example.ts';\nexport const value = 1;\n");
    write('src/contracts/type.ts', "import type { flow } from '../workflows/example.ts';\nexport type Flow = typeof flow;\n");
    const text = `import type { Flow } from '../contracts/type.ts';
import { value } from '../contracts/value.ts';
export async function flow(): Promise<void> {
  await import('../contracts/loaded.ts');
}
export const flows: Record<number, Flow> = { [value]: flow };
`;
    // Both lines of this file, and the one that closes the circle in each of the two others.
    assert.deepEqual((await broken('oxlint', 'no-cycle', text)).sort(), [1, 1, 1, 2]);
  });

  const forbidden = [
    'node:fs',
    'node:fs/promises',
    '@temporalio/client',
    '@temporalio/worker',
    '@kubernetes/client-node',
    'ioredis',
    'zod',
    '../kubernetes/cluster.ts',
    '../activities/index.ts',
    '../../probes/http.ts',
  ];

  const exportsOf = (modules: string[]) => modules.map((module, index) => `export { x as x${index} } from '${module}';\n`).join('');

  for (const room of ['workflows', 'report', 'arbiter', 'contracts']) {
    it(`keep everything but contracts, report and arbiter out of src/${room}`, async () => {
      const allowed = [
        '@temporalio/workflow',
        '@temporalio/common',
        '../contracts/plan.ts',
        '../report/report.ts',
        '../arbiter/hold-book.ts',
        './undo.ts',
      ];
      const everyLine = forbidden.map((_, index) => index + 1);
      assert.deepEqual(
        await broken('biome', 'noRestrictedImports', exportsOf([...forbidden, ...allowed]), `src/${room}/example.ts`),
        everyLine,
      );
    });
  }

  it('let the rest of the project import what it needs', async () => {
    assert.deepEqual(await broken('biome', 'noRestrictedImports', exportsOf(forbidden), 'src/activities/example.ts'), []);
  });
});
