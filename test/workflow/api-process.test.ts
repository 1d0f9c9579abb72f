import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { freePort } from '../../src/free-port.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { ApiClient, documentOf } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { createTemporal } from '../support/temporal.ts';

const entry = fileURLToPath(new URL('../../src/api.ts', import.meta.url));

describe('API process', function () {
  this.timeout(60_000);
  let temporal: TestWorkflowEnvironment;
  const running = new Set<ChildProcess>();

  before(async () => {
    temporal = await createTemporal();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await temporal?.teardown();
  });

  function start(env: Record<string, string>) {
    const child = spawn(process.execPath, [entry], {
      env: { PATH: process.env.PATH, TEMPORAL_ADDRESS: temporal.address, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const exited = once(child, 'exit').finally(() => running.delete(child));
    return { child, exited };
  }

  it('ends what it streams and exits with 0 when told to', async () => {
    const port = await freePort();
    const { child, exited } = start({ SQUALL_API_PORT: String(port) });
    await once(createInterface(child.stdout), 'line');
    const api = new ApiClient(`http://127.0.0.1:${port}`);
    await eventually(
      'readiness',
      () => api.get('/readyz'),
      ({ status }) => status === 200,
    );
    // No worker runs here, so the run stays at its beginning and the stream open.
    const run = await api.start(documentOf('waits'));
    const response = await api.get(run.links.events);
    assert.ok(response.body);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let received = '';
    while (!received.includes('event: run.started')) received += (await reader.read()).value ?? '';
    const startedAt = performance.now();
    child.kill('SIGTERM');
    for (let done = false; !done; ) ({ done } = await reader.read());
    assert.deepEqual(await exited, [0, null]);
    assert.ok(performance.now() - startedAt < 5_000);
    await temporal.client.workflow.getHandle(run.id).terminate();
  });

  it('does not start with a wrong environment, and names every mistake', async () => {
    const { child, exited } = start({ SQUALL_API_HOST: '0.0.0.0', SQUALL_API_PORT: 'http' });
    const [message, [code]] = await Promise.all([text(child.stderr), exited]);
    assert.equal(code, 64);
    assert.match(message, /SQUALL_API_HOST: found "0\.0\.0\.0", expected a loopback address, or a key/);
    assert.match(message, /SQUALL_API_PORT: found "http", expected a port number/);
  });

  it('listens on any address with a key', async () => {
    const { child, exited } = start({
      SQUALL_API_HOST: '0.0.0.0',
      SQUALL_API_KEY: '0123456789abcdef',
      SQUALL_API_PORT: String(await freePort()),
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    assert.match(String(line), /"listening"/);
    child.kill('SIGINT');
    assert.deepEqual(await exited, [0, null]);
  });
});
