import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { makeApiKey } from '../../../src/api/auth/api-key.ts';
import { freePort } from '../../../src/free-port.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

// A real API process. Nothing listens where its Temporal should be: what is refused here never gets that far.
describe('attacks on the API', function () {
  this.timeout(60_000);
  const { key, sha256 } = makeApiKey();
  let folder: string;
  let child: ChildProcess;
  let port: number;
  let url: string;
  let log = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'squall-attacks-'));
    writeFileSync(
      join(folder, 'auth.yaml'),
      `keys: [{ name: attacker, sha256: ${sha256}, grants: [{ role: admin, clusters: "*", namespaces: "*" }] }]\n`,
    );
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--max-old-space-size=256', `${root}src/api.ts`], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        SQUALL_API_PORT: String(port),
        SQUALL_AUTH_FILE: join(folder, 'auth.yaml'),
        SQUALL_API_RATE_LIMIT: '40',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
    const end = Date.now() + 30_000;
    while (!(await alive())) {
      assert.ok(Date.now() < end && child.exitCode === null, log);
      await delay(50);
    }
  });
  after(async () => {
    if (child?.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    assert.equal(child.exitCode, null, `the API has ended: ${log.slice(-2_000)}`);
    assert.ok(await alive(), 'the API answers no more');
  });

  async function alive(): Promise<boolean> {
    const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    return answer?.status === 200;
  }

  function post(path: string, body: string, type = 'application/yaml'): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type };
    return fetch(`${url}${path}`, { method: 'POST', body, headers, signal: AbortSignal.timeout(10_000) });
  }

  const doubled = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`).join('\n');
  for (const [attack, body] of [
    ['anchors that double thirty times', `a0: &a0 [x, x]\n${doubled}`],
    ['an anchor that contains itself', 'a: &a [*a]'],
    ['lists nested 100,000 deep', '['.repeat(100_000)],
    ['mappings nested 100,000 deep', '{a: '.repeat(100_000)],
    ['dashes nested 50,000 deep', '- '.repeat(50_000)],
    ['mappings nested by indentation', Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['a document of 400 kB', `a: ${'x'.repeat(400_000)}`],
    ['20,000 keys of the prototype', Array.from({ length: 20_000 }, () => '__proto__: {}').join('\n')],
    ['a tag that asks for a function', 'a: !!js/function "function () { return process.exit(1) }"'],
  ] as const) {
    it(`YAML: ${attack} is a mistake in the document, soon told`, async () => {
      const response = await post('/v1/plans', body);
      assert.equal(response.status, 422, await response.clone().text());
      assert.ok((await response.text()).length < 20_000);
    });
  }

  it('JSON: 20,000 deep is refused', async () => {
    const response = await post('/v1/runs/a/pause', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'application/json');
    assert.equal(response.status, 400);
    assert.match(await response.text(), /nested more than 64 deep/);
  });

  it('bodies that are too large are refused, also when compressed, or when they do not say how large they are', async () => {
    assert.equal((await post('/v1/plans', 'x'.repeat(1024 * 1024 + 1))).status, 413);
    assert.equal((await post('/v1/runs/a/pause', JSON.stringify({ reason: 'x'.repeat(65 * 1024) }), 'application/json')).status, 413);
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const response = await fetch(`${url}/v1/plans`, {
      method: 'POST',
      body: bomb,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/yaml', 'content-encoding': 'gzip' },
    });
    assert.equal(response.status, 413);
    const chunked = request(`${url}/v1/plans`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/yaml', 'transfer-encoding': 'chunked' },
    });
    chunked.on('error', () => undefined);
    const answered = once(chunked, 'response');
    for (let index = 0; index < 20; index += 1) chunked.write('x'.repeat(64 * 1024));
    chunked.end();
    const [answer] = await answered;
    assert.equal(answer.statusCode, 413);
    answer.resume();
  });

  async function open(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  it('headers that are too large, or no HTTP at all, are refused', async () => {
    for (const [sent, status] of [
      [`GET /livez HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(32 * 1024)}\r\n\r\n`, '431'],
      [`GET /${'x'.repeat(32 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`, '431'],
      ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc', '400'],
      ['GET /livez HTTP/1.1\r\n\r\n', '400'],
      ['POST /v1/plans HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /', '400'],
    ] as const) {
      const socket = await open();
      socket.write(sent, 'latin1');
      const [answer] = await once(socket, 'data');
      assert.match(String(answer), new RegExp(`^HTTP/1\\.1 ${status} `), sent.slice(0, 60));
      socket.destroy();
    }
  });

  it('clients that never end their headers are cut off, and keep nobody else from being answered', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, open));
    // Being reset is one way of being cut off: a character may be under way just then.
    const cutOff = slow.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve)));
    for (const socket of slow) socket.write('GET /v1/runs HTTP/1.1\r\nHost: a\r\nX-A: ');
    // One more character now and then, as Slowloris does.
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('a');
    }, 500);
    try {
      assert.ok(await alive());
      const began = Date.now();
      await Promise.all(cutOff);
      assert.ok(Date.now() - began < 40_000);
    } finally {
      clearInterval(drip);
      for (const socket of slow) socket.destroy();
    }
  });

  it('a caller that asks without end is told when to come back, and nobody else is', async () => {
    const statuses = new Map<number, number>();
    let retryAfter: string | null = null;
    for (let index = 0; index < 60; index += 1) {
      const response = await fetch(`${url}/v1/faults/none`, { headers: { authorization: `Bearer ${key}` } });
      await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 429) retryAfter = response.headers.get('retry-after');
    }
    assert.ok((statuses.get(429) ?? 0) >= 20, JSON.stringify([...statuses]));
    assert.match(retryAfter ?? '', /^[1-9]\d?$/);
    assert.equal((await fetch(`${url}/v1/faults`)).status, 401, 'who has no key is no part of it');
  });

  it('nothing of a key is in the log', () => {
    assert.match(log, /"msg":"request"/);
    assert.ok(!log.includes(key) && !log.includes(sha256));
  });
});
