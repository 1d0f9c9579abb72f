import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { answers } from '../../../scripts/answers.ts';
import { freePort } from '../../../src/free-port.ts';
import { runProgram } from '../../support/run-program.ts';
import { bareEnvironment } from '../../support/squall-command.ts';
import { createTemporal } from '../../support/temporal.ts';

const root = join(import.meta.dirname, '../../..');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

/** The package as npm makes it, in a folder with nothing else but what it says it depends on. */
describe('the npm package', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'squall-package-'));
  const installed = join(folder, 'node_modules/squall');
  // npx is beside the node that runs this, or on the PATH.
  const path = { ...bareEnvironment, PATH: `${dirname(process.execPath)}:${bareEnvironment.PATH}` };
  let temporal: TestWorkflowEnvironment | undefined;

  before(async () => {
    const packed = await runProgram('npm', ['pack', '--pack-destination', folder, '--silent'], root, path);
    assert.equal(packed.code, 0, packed.output);
    mkdirSync(installed, { recursive: true });
    const tarball = join(folder, `squall-${packageJson.version}.tgz`);
    assert.equal((await runProgram('tar', ['xzf', tarball, '-C', installed, '--strip-components=1'], folder)).code, 0);
    for (const name of Object.keys(packageJson.dependencies)) {
      mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    mkdirSync(join(folder, 'node_modules/.bin'));
    symlinkSync('../squall/dist/src/cli.js', join(folder, 'node_modules/.bin/squall'));
    await runProgram('chmod', ['755', join(installed, 'dist/src/cli.js')], folder);
  });
  after(async () => {
    await temporal?.teardown();
    rmSync(folder, { recursive: true, force: true });
  });

  const npx = (...words: string[]) => runProgram('npx', ['--no-install', 'squall', ...words], folder, path);

  it('is compiled: no TypeScript is in what it runs', () => {
    assert.ok(existsSync(join(installed, 'dist/src/worker.js')));
    assert.ok(!existsSync(join(installed, 'src')));
  });

  it('brings the agent to build, the manifests and the JSON Schema', () => {
    for (const file of [
      'agent/Dockerfile',
      'agent/main.go',
      'agent/go.mod',
      'k8s/monitoring/squall-rules.yaml',
      'schema/campaign.schema.json',
      'README.md',
      'LICENSE',
    ])
      assert.ok(existsSync(join(installed, file)), file);
    assert.ok(!existsSync(join(installed, 'agent/main_test.go')));
  });

  it('runs by npx in an otherwise empty folder', async () => {
    assert.deepEqual(await npx('--version'), { code: 0, output: `${packageJson.version}\n` });
    const faults = await npx('faults', 'pod-delete');
    assert.equal(faults.code, 0, faults.output);
    const schema = await npx('schema');
    assert.deepEqual(JSON.parse(schema.output), JSON.parse(readFileSync(join(root, 'schema/campaign.schema.json'), 'utf8')));
    const lint = await npx('lint', join(root, 'test/lab/ten-mistakes.yaml'));
    assert.match(lint.output, /10 mistakes/);
  });

  it('runs a worker on the workflows it brings, and an API', async () => {
    temporal = await createTemporal();
    const [workerPort, apiPort] = [await freePort(), await freePort()];
    const env = {
      ...path,
      TEMPORAL_ADDRESS: temporal.address,
      SQUALL_WORKER_METRICS_PORT: String(workerPort),
      SQUALL_API_PORT: String(apiPort),
      // Nothing can be kept there: a bundle that is not found in the package would be made anew, and be missed by nobody.
      XDG_CACHE_HOME: '/dev/null',
    };
    for (const [name, url] of [
      ['worker', `http://127.0.0.1:${workerPort}/readyz`],
      ['api', `http://127.0.0.1:${apiPort}/readyz`],
    ] as const) {
      const child = spawn(process.execPath, [join(installed, 'dist/src/cli.js'), name], { env, cwd: folder });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const ended = once(child, 'exit');
      while (!(await answers(url))) {
        assert.equal(child.exitCode, null, output);
        await delay(100);
      }
      assert.doesNotMatch(output, /webpack|Workflow bundle created/);
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null], output);
    }
  });
});
