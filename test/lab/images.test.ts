import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { goBuildCopy } from '../../lab/artifacts/go.ts';
import { Docker } from '../../lab/docker.ts';
import { imageNames } from '../../lab/images.ts';
import { ownCheckout } from '../../lab/paths.ts';
import { Progress } from '../../lab/progress.ts';
import { run } from '../../lab/run.ts';
import { buildServiceImage } from '../../lab/service-image.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { freePort } from '../../src/free-port.ts';
import { until } from '../support/eventually.ts';
import { createTemporal } from '../support/temporal.ts';

/** As docker-compose.yml and k8s/ run it. */
const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

// By an engine, from the Dockerfiles as they are.
describe('the images', function () {
  this.timeout(600_000);
  let docker: Docker;
  let folder = '';
  let temporal: TestWorkflowEnvironment | undefined;

  before(async () => {
    const progress = new Progress();
    docker = await Docker.use(progress);
    folder = await mkdtemp(join(tmpdir(), 'squall-images-'));
    const agent = join(folder, 'agent');
    await Promise.all([
      progress.task('service', 'building its image', () => buildServiceImage(docker, ownCheckout, progress)),
      goBuildCopy(join(ownCheckout, 'agent'), agent, 'bin/squall-agent').then(() => docker.build(imageNames.agent, agent)),
    ]);
  });
  after(async () => {
    await temporal?.teardown();
    await docker?.[Symbol.asyncDispose]();
    if (folder !== '') await rm(folder, { recursive: true });
  });

  const once = (...words: string[]) => docker.run('run', '--rm', '--network', 'none', ...hardened, ...words);
  const sizeOf = async (image: string) => Number(await docker.run('image', 'inspect', '--format', '{{.Size}}', image)) / 1e6;

  it('service: is its command line, too, and is not large', async () => {
    assert.equal((await once(imageNames.service, 'dist/src/cli.js', '--version')).trim(), packageJson.version);
    const size = await sizeOf(imageNames.service);
    console.log(`      ${size.toFixed(0)} MB`);
    assert.ok(size < 600, `${size} MB`);
  });

  it('service: serves as nobody in particular, without capabilities, on a root it cannot write to; Docker finds it healthy', async () => {
    temporal = await createTemporal();
    const port = await freePort();
    const key = 'a-key-for-the-test-of-images';
    const variables = { TEMPORAL_ADDRESS: temporal.address, SQUALL_API_PORT: String(port), SQUALL_API_KEY: key };
    const env = Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const options = ['--detach', '--init', '--network', 'host', '--health-interval', '1s', ...hardened, ...env];
    const id = (await docker.run('run', ...options, imageNames.service)).trim();
    try {
      const state = async (of: string) => (await docker.run('inspect', '--format', `{{.State.${of}}}`, id)).trim();
      await until(async () => {
        assert.equal(await state('Running'), 'true', (await docker.attempt('logs', id)).stdout);
        return (await state('Health.Status')) === 'healthy';
      }, 120_000);
      const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/v1/runs`, { headers });
      assert.equal((await ask({ authorization: `Bearer ${key}` })).status, 200);
      assert.equal((await ask({})).status, 401);

      const inside = (script: string) => docker.attempt('exec', id, 'node', '--eval', script);
      const status = (await inside("process.stdout.write(fs.readFileSync('/proc/1/status'))")).stdout;
      assert.match(status, /^Uid:\s10001\s10001\s10001\s10001$/m);
      for (const set of ['Prm', 'Eff', 'Bnd']) assert.match(status, new RegExp(`^Cap${set}:\\s0+$`, 'm'));
      assert.match(status, /^NoNewPrivs:\s1$/m);
      assert.match((await inside("fs.writeFileSync('/opt/squall/x', '')")).stderr, /EROFS/);
      assert.equal((await inside("fs.writeFileSync('/tmp/x', '')")).code, 0);

      await docker.run('stop', '--time', '30', id);
      assert.equal(await state('ExitCode'), '0', (await docker.attempt('logs', '--tail', '20', id)).stdout);
    } finally {
      await docker.run('rm', '--force', id);
    }
  });

  it('service: where nothing serves, it is not healthy', async () => {
    await assert.rejects(once(imageNames.service, 'healthcheck.mjs'), /exit code 1/);
  });

  it('service: has what it runs with, all of it in its SBOM, and nothing to build with', async () => {
    const read = async <T>(path: string) => JSON.parse(await once('--entrypoint', 'cat', imageNames.service, path)) as T;
    interface Package {
      name: string;
      versionInfo: string;
    }
    const sbom = await read<{ spdxVersion: string; packages: Package[] }>('sbom.spdx.json');
    assert.match(sbom.spdxVersion, /^SPDX-2/);
    const listed = new Set(sbom.packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`));
    const lock = await read<{ packages: Record<string, { version?: string }> }>('node_modules/.package-lock.json');
    const installed = Object.entries(lock.packages).map(
      ([path, { version = '' }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
    );
    assert.ok(installed.length > 100);
    assert.deepEqual(
      installed.filter((each) => !listed.has(each)),
      [],
    );
    const names = new Set(installed.map((each) => each.slice(0, each.lastIndexOf('@'))));
    for (const name of Object.keys(packageJson.dependencies)) assert.ok(names.has(name), `there is no ${name}`);
    for (const name of ['typescript', 'mocha', '@biomejs/biome', 'node']) assert.ok(!names.has(name), `there is ${name}`);
    const look = "command -v npm npx corepack cc; find . -name '*.ts' -o -name '*.map'";
    assert.equal(await once('--entrypoint', 'sh', imageNames.service, '-c', `${look}; true`), '');
  });

  it('agent: is one small program, which names what it is made of', async () => {
    assert.match(await once('--user', '65532', imageNames.agent, 'version'), /^squall-agent .+, protocol \d+$/m);
    const size = await sizeOf(imageNames.agent);
    assert.ok(size < 30, `${size} MB`);
    const id = (await docker.run('create', imageNames.agent)).trim();
    const binary = join(folder, 'squall-agent');
    await docker.run('cp', `${id}:/squall-agent`, binary);
    await docker.run('rm', id);
    const made = await run(['go', 'version', '-m', binary]);
    const required = await run(['go', 'list', '-m', '-f', '{{if not (or .Main .Indirect)}}{{.Path}} {{.Version}}{{end}}', 'all'], {
      cwd: join(folder, 'agent'),
    });
    const modules = required.split('\n').filter((line) => line !== '');
    assert.ok(modules.length > 2);
    for (const each of modules) assert.ok(made.includes(`\tdep\t${each.replace(' ', '\t')}\t`), `${each} is not in:\n${made}`);
  });
});
