import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/free-port.ts';
import { eventually } from '../support/eventually.ts';

const root = join(import.meta.dirname, '../..');

describe('npm run dev', function () {
  this.timeout(240_000);
  let dev: ChildProcess | undefined;
  let output = '';

  afterEach(async () => {
    if (dev === undefined || dev.exitCode !== null || dev.signalCode !== null) return;
    const gone = once(dev, 'exit');
    dev.kill('SIGTERM');
    await gone;
  });

  function start(...args: string[]): Promise<[code: number | null]> {
    output = '';
    dev = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'scripts/dev.ts'), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (data: Buffer) => (output += data.toString()));
    return once(dev, 'exit') as Promise<[number | null]>;
  }

  const times = (what: RegExp) => [...output.matchAll(what)].length;
  const awaitReady = (count: number) =>
    eventually(
      `ready ${count} times`,
      async () => times(/^ready: /gm),
      (found) => found === count,
      120_000,
    );

  it('runs the API and the worker from their sources, starts them anew after a change, and ends with both ended and the lab up', async () => {
    const port = await freePort();
    const ended = start('--port', String(port));
    await awaitReady(1);
    const health = `http://127.0.0.1:${port}/readyz`;
    assert.ok((await fetch(health)).ok);
    assert.match(output, /^worker \| /m);

    // Touched, not changed: others read these files at this moment.
    utimesSync(join(root, 'src/workflows/campaign.ts'), new Date(), new Date());
    await awaitReady(2);
    assert.equal(times(/^src has changed/gm), 1);
    assert.ok((await fetch(health)).ok);

    dev?.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    assert.match(output, /ended; the lab stays up/);
    await assert.rejects(fetch(health), 'the API still runs');
  });

  it('refuses a port that is none', async () => {
    const [code] = await start('--port', '70000');
    assert.equal(code, 64);
    assert.match(output, /--port: found "70000", expected a port number, 1 to 65535/);
  });
});
