import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { answers } from '../../scripts/answers.ts';
import { freePort } from '../../src/free-port.ts';
import { end } from '../../test/support/squall-processes.ts';
import { createTemporal } from '../../test/support/temporal.ts';
import { atMost, type Found } from '../result.ts';
import { ratioOf, type Spread, spreadOf } from '../spread.ts';

const root = join(import.meta.dirname, '../..');
const times = 10;
/** what no program of Node's can be faster than */
const bare = 'Node alone: -e 0';
const flags = ['--disable-warning=ExperimentalWarning'];

/** How long it takes until each program is of use, as built for npm and from source, beside a Node that does nothing. */
export async function startup(print: (line: string) => void): Promise<Found> {
  print('building the package');
  const folder = mkdtempSync(join(tmpdir(), 'squall-bench-'));
  await using temporal = await disposable(createTemporal());
  try {
    const built = await installPackage(folder);
    const spreads: Record<string, Spread> = {};
    const measure = async (name: string, one: () => Promise<number>): Promise<void> => {
      print(name);
      // Once for what the disk has to give.
      await one();
      const values: number[] = [];
      for (let i = 0; i < times; i += 1) values.push(await one());
      spreads[name] = spreadOf(values);
    };
    await measure(bare, () => timeOf(['-e', '0']));
    for (const [from, entry] of [
      ['package', (name: string) => join(built, `dist/src/${name}.js`)],
      ['source', (name: string) => join(root, `src/${name}.ts`)],
    ] as const) {
      await measure(`${from}: squall --help`, () => timeOf([...flags, entry('cli'), '--help']));
      await measure(`${from}: API ready`, () => untilReady(entry('api'), 'SQUALL_API_PORT', temporal.address));
      await measure(`${from}: worker ready`, () => untilReady(entry('worker'), 'SQUALL_WORKER_METRICS_PORT', temporal.address));
    }
    const least = spreads[bare];
    const over = Object.keys(spreads).filter((name) => name !== bare);
    return {
      figures: Object.fromEntries(over.map((name) => [`${name}, over a Node that does nothing`, ratioOf(spreads[name], least)])),
      spreads,
      checks: ['package', 'source'].map((from) =>
        atMost(`${from}: squall --help: median in ms`, spreads[`${from}: squall --help`]?.median ?? null, 150),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function disposable<T extends { teardown(): Promise<void> }>(starting: Promise<T>): Promise<T & AsyncDisposable> {
  const started = await starting;
  return Object.assign(started, { [Symbol.asyncDispose]: () => started.teardown() });
}

/** What npm would install, with its dependencies linked to this checkout's. Answers its folder. */
async function installPackage(folder: string): Promise<string> {
  await succeed('npm', ['pack', '--pack-destination', folder, '--silent'], root);
  const installed = join(folder, 'node_modules/squall');
  mkdirSync(installed, { recursive: true });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await succeed('tar', ['xzf', join(folder, tarball), '-C', installed, '--strip-components=1'], folder);
  for (const name of Object.keys(packageJson.dependencies)) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return installed;
}

async function succeed(program: string, argv: string[], cwd: string): Promise<void> {
  const child = spawn(program, argv, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ${argv[0]} ended with exit code ${code}, expected 0`);
}

/** From the start of the process to its end, in ms. */
async function timeOf(argv: string[]): Promise<number> {
  const began = performance.now();
  const [code] = await once(spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  const tookMs = performance.now() - began;
  if (code !== 0) throw new Error(`node ${argv.join(' ')} ended with exit code ${code}, expected 0`);
  return tookMs;
}

/** From the start of the process until its /readyz answers that it is, in ms. */
async function untilReady(entry: string, portVariable: string, temporalAddress: string): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [...flags, entry], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: temporalAddress,
      // None is asked: the cluster is not looked at before the first run.
      KUBECONFIG: '/dev/null',
      [portVariable]: String(port),
      SQUALL_LOG_LEVEL: 'error',
    },
  });
  try {
    while (!(await answers(`http://127.0.0.1:${port}/readyz`))) {
      if (child.exitCode !== null) throw new Error(`${entry} ended with exit code ${child.exitCode} before it was ready`);
      await delay(5);
    }
    return performance.now() - began;
  } finally {
    // How it ends is not what is measured.
    await end(child, 'SIGKILL');
  }
}
