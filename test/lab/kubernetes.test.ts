import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { readLabState } from '../../lab/state.ts';
import { type Cluster, ClusterError } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TestNamespace } from '../support/test-namespace.ts';

describe('the door to a real cluster', function () {
  this.timeout(90_000);
  let cluster: Cluster & AsyncDisposable;
  let space: TestNamespace;
  let kubeconfig: string;
  let image: string;
  let directory: string;

  const main = (pod: string) => ({ namespace: space.name, pod, container: 'main' });

  before(async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    kubeconfig = lab.kubeconfig;
    image = lab.images.redis;
    directory = mkdtempSync(join(tmpdir(), 'squall-door-'));
    cluster = connectCluster({ name: 'lab', kubeconfig });
    space = await TestNamespace.create(kubeconfig, 'door-test');
    await space.createPod('redis', ['redis-server', '--save', '', '--protected-mode', 'no'], { image });
  });
  after(async () => {
    await space?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  /** The same cluster by way of a proxy: the certificate is still that of the API server. */
  async function throughProxy(): Promise<{ proxied: Cluster & AsyncDisposable; proxy: TcpProxy }> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const server = new URL(config.getCurrentCluster()?.server ?? '');
    const proxy = await TcpProxy.to(server.hostname, Number(server.port || 443));
    const exported = JSON.parse(config.exportConfig());
    for (const entry of exported.clusters) {
      entry.cluster.server = `https://127.0.0.1:${proxy.port}`;
      // a name every API server's certificate has
      entry.cluster['tls-server-name'] = 'kubernetes';
    }
    const path = join(directory, `proxy-${proxy.port}`);
    writeFileSync(path, JSON.stringify(exported));
    return { proxied: connectCluster({ name: 'proxied', kubeconfig: path }), proxy };
  }

  it('reads over a few connections, however many the calls', async () => {
    const { proxied, proxy } = await throughProxy();
    await using _proxy = proxy;
    await using _cluster = proxied;
    for (let i = 0; i < 50; i++) await proxied.readPod(space.name, 'redis');
    assert.ok(proxy.accepted <= 2, `${proxy.accepted} connections for 50 calls in a row`);
    await Promise.all(Array.from({ length: 50 }, () => proxied.readPod(space.name, 'redis')));
    assert.ok(proxy.accepted <= 16, `${proxy.accepted} connections for 50 calls at once`);
  });

  it('says what is not there by undefined, and why a call failed by ClusterError', async () => {
    assert.equal(await cluster.readPod(space.name, 'nobody'), undefined);
    assert.equal(await cluster.readNamespace('no-such-namespace'), undefined);
    await assert.rejects(cluster.listPods(space.name, 'a b c'), (error) => {
      assert.ok(error instanceof ClusterError);
      assert.equal(error.status, 400);
      assert.equal(error.retryable, false);
      assert.match(error.message, new RegExp(`^list pods ${space.name} with a b c: HTTP 400: unable to parse`));
      return true;
    });
  });

  it('runs a command to its end: exit code, stdout and stderr, arguments as they are', async () => {
    const result = await cluster.exec(main('redis'), ['sh', '-c', 'echo "$1"; echo problem >&2; exit 7', 'sh', 'a b & $HOME é'], {
      timeoutMs: 10_000,
    });
    assert.deepEqual(result, { exitCode: 7, stdout: 'a b & $HOME é\n', stderr: 'problem\n' });
    assert.equal((await cluster.exec(main('redis'), ['true'], { timeoutMs: 10_000 })).exitCode, 0);
  });

  it('collects large output whole, and refuses output beyond its bound', async () => {
    const { stdout } = await cluster.exec(main('redis'), ['head', '-c', '900000', '/dev/zero'], { timeoutMs: 20_000 });
    assert.equal(stdout.length, 900_000);
    await assert.rejects(
      cluster.exec(main('redis'), ['head', '-c', '3000000', '/dev/zero'], { timeoutMs: 20_000 }),
      /wrote more than 1048576 bytes to stdout/,
    );
  });

  it('says why a command could not be started', async () => {
    await assert.rejects(
      cluster.exec(main('redis'), ['no-such-program'], { timeoutMs: 10_000 }),
      /exec "no-such-program" in .*executable file not found/,
    );
    await assert.rejects(
      cluster.exec({ ...main('redis'), container: 'other' }, ['true'], { timeoutMs: 10_000 }),
      /container other is not valid for pod redis/,
    );
    await assert.rejects(cluster.exec(main('nobody'), ['true'], { timeoutMs: 10_000 }), /HTTP 404: pods "nobody" not found/);
  });

  it('gives up a command at its timeout, and when the caller does', async () => {
    const since = Date.now();
    await assert.rejects(cluster.exec(main('redis'), ['sleep', '60'], { timeoutMs: 700 }), /no result within 700 ms/);
    // during the handshake, too
    await assert.rejects(cluster.exec(main('redis'), ['sleep', '60'], { timeoutMs: 1 }), /no result within 1 ms/);
    await assert.rejects(
      cluster.exec(main('redis'), ['true'], { timeoutMs: 5_000, signal: AbortSignal.abort(new Error('enough')) }),
      /^Error: enough$/,
    );
    await assert.rejects(cluster.exec(main('redis'), ['sleep', '60'], { timeoutMs: 60_000, signal: AbortSignal.timeout(500) }), {
      name: 'TimeoutError',
    });
    assert.ok(Date.now() - since < 5_000);
  });

  it('does not wait for a command whose connection is lost', async () => {
    const { proxied, proxy } = await throughProxy();
    await using _proxy = proxy;
    await using _cluster = proxied;
    const running = proxied.exec(main('redis'), ['sh', '-c', 'touch /tmp/lost; sleep 60'], { timeoutMs: 60_000 });
    const outcome = assert.rejects(
      running,
      (error) => error instanceof ClusterError && error.retryable && /connection was lost/.test(error.message),
    );
    await awaitFile('/tmp/lost');
    proxy.cut();
    await outcome;
  });

  it('notices a connection over which nothing passes any more', async () => {
    const { proxied, proxy } = await throughProxy();
    await using _proxy = proxy;
    await using _cluster = proxied;
    const since = Date.now();
    const running = proxied.exec(main('redis'), ['sh', '-c', 'touch /tmp/silent; sleep 60'], { timeoutMs: 60_000 });
    const outcome = assert.rejects(running, /connection was lost/);
    await awaitFile('/tmp/silent');
    proxy.freeze();
    await outcome;
    assert.ok(Date.now() - since < 25_000);
  });

  it('ends a command with its pod', async () => {
    const pod = await space.createPod('doomed', ['sleep', '600'], { image });
    const running = cluster.exec(main('doomed'), ['sh', '-c', 'touch /tmp/running; sleep 60'], { timeoutMs: 60_000 }).then(
      ({ exitCode }) => `exit ${exitCode}`,
      (error: Error) => error.name,
    );
    await awaitFile('/tmp/running', 'doomed');
    const uid = pod.metadata?.uid ?? '';
    assert.equal(await cluster.deletePod({ namespace: space.name, name: 'doomed', uid }, 0), 'deleted');
    // The runtime kills the process with its container; whether its exit code still gets through is a race.
    assert.match(await running, /^(exit 137|ClusterError)$/);
  });

  async function awaitFile(path: string, pod = 'redis'): Promise<void> {
    const result = await cluster.exec(main(pod), ['sh', '-c', 'until test -e "$1"; do sleep 0.05; done', 'sh', path], {
      timeoutMs: 15_000,
    });
    assert.equal(result.exitCode, 0);
  }

  it('returns at the first line and leaves the process running', async () => {
    const argv = ['sh', '-c', 'printf "%s and " $$; sleep 0.3; echo more; exec sleep 300'];
    const line = await cluster.execFirstLine(main('redis'), argv, { timeoutMs: 10_000 });
    const [, pid] = /^([0-9]+) and more$/.exec(line) ?? [];
    assert.ok(pid, `first line: ${line}`);
    // Longer than it takes until the streams have been closed on the node.
    await delay(2_000);
    const { stdout } = await cluster.exec(main('redis'), ['cat', `/proc/${pid}/comm`], { timeoutMs: 10_000 });
    assert.equal(stdout, 'sleep\n');
    await cluster.exec(main('redis'), ['sh', '-c', `kill ${pid}`], { timeoutMs: 10_000 });
  });

  it('says what a process said that ended before its first line', async () => {
    const argv = ['sh', '-c', 'echo cannot >&2; printf half; exit 3'];
    await assert.rejects(cluster.execFirstLine(main('redis'), argv, { timeoutMs: 10_000 }), (error) => {
      assert.ok(error instanceof ClusterError);
      assert.match(error.message, /ended with exit code 3 before a line on stdout; it said: cannot; half$/);
      return true;
    });
  });

  it('forwards twenty connections at once', async () => {
    await using forward = await cluster.portForward(space.name, 'redis', 6379);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => echo(forward, `connection-${i}`)));
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, (_, i) => `$${`connection-${i}`.length}\r\nconnection-${i}\r\n`),
    );
    assert.equal(forward.lastError, null);
  });

  it('forwards more than fits into buffers, unharmed', async () => {
    await using forward = await cluster.portForward(space.name, 'redis', 6379);
    const value = 'x'.repeat(8 * 1024 * 1024);
    const answer = await echo(forward, value);
    assert.equal(answer.length, value.length + `$${value.length}\r\n\r\n`.length);
    assert.ok(answer.endsWith(`${value.slice(-1000)}\r\n`));
  });

  it('resets a connection to a port on which nothing listens, and says why', async () => {
    await using forward = await cluster.portForward(space.name, 'redis', 7);
    await assert.rejects(echo(forward, 'hello'), /ECONNRESET|closed/);
    assert.match(forward.lastError ?? '', /forward to port 7 of pod .*refused/);
    await using nobody = await cluster.portForward(space.name, 'nobody', 6379);
    await assert.rejects(echo(nobody, 'hello'), /ECONNRESET|closed/);
    assert.match(nobody.lastError ?? '', /HTTP 404: pods "nobody" not found/);
  });

  it('closes connections and listener when a forward is disposed of', async () => {
    const forward = await cluster.portForward(space.name, 'redis', 6379);
    const socket = connect(forward.port, forward.host);
    await once(socket, 'connect');
    socket.write('PING\r\n');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await forward[Symbol.asyncDispose]();
    await closed;
    await assert.rejects(echo(forward, 'hello'), /ECONNREFUSED/);
  });

  it('adds an ephemeral container, once', async () => {
    const container = { name: 'guest', image, command: ['sleep', '600'], imagePullPolicy: 'IfNotPresent' };
    await cluster.addEphemeralContainer(space.name, 'redis', container);
    const pod = await cluster.addEphemeralContainer(space.name, 'redis', container);
    assert.deepEqual(
      pod.spec?.ephemeralContainers?.map(({ name }) => name),
      ['guest'],
    );
    await space.awaitPod('redis', 'running guest', (seen) => seen?.status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined);
    const { stdout } = await cluster.exec({ ...main('redis'), container: 'guest' }, ['cat', '/proc/1/comm'], { timeoutMs: 10_000 });
    assert.equal(stdout, 'sleep\n');
    await assert.rejects(cluster.addEphemeralContainer(space.name, 'redis', { ...container, command: ['true'] }), /HTTP 422/);
  });

  it('deletes just the incarnation of a pod that is meant', async () => {
    // It ignores SIGTERM, so that it can be seen terminating.
    const pod = await space.createPod('victim', ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], { image, graceSeconds: 30 });
    const identity = { namespace: space.name, name: 'victim', uid: pod.metadata?.uid ?? '' };
    assert.equal(await cluster.deletePod({ ...identity, uid: '00000000-0000-0000-0000-000000000000' }, undefined), 'gone');
    assert.equal((await cluster.readPod(space.name, 'victim'))?.metadata?.deletionTimestamp, undefined);
    assert.equal(await cluster.deletePod(identity, undefined), 'deleted');
    assert.ok((await cluster.readPod(space.name, 'victim'))?.metadata?.deletionTimestamp);
    assert.equal(await cluster.deletePod(identity, undefined), 'deleted');
    assert.equal(await cluster.deletePod(identity, 0), 'deleted');
    await space.awaitPod('victim', 'gone', (seen) => seen === undefined);
    assert.equal(await cluster.deletePod(identity, 0), 'gone');
  });

  it('tells which permissions an account lacks, verb by verb', async () => {
    const permissions = [
      { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'delete'] },
      { apiGroup: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'] },
      { apiGroup: '', resource: 'nodes', verbs: ['list'] },
    ];
    assert.deepEqual(await cluster.missingPermissions(space.name, permissions), []);
    await using powerless = await accountCluster('powerless');
    assert.deepEqual(await powerless.missingPermissions(space.name, permissions), permissions);
    await assert.rejects(
      powerless.listPods(space.name, undefined),
      /HTTP 403: pods is forbidden: User "system:serviceaccount:.*:powerless"/,
    );
  });

  async function accountCluster(account: string): Promise<Cluster & AsyncDisposable> {
    await space.core.createNamespacedServiceAccount({ namespace: space.name, body: { metadata: { name: account } } });
    const { status } = await space.core.createNamespacedServiceAccountToken({
      namespace: space.name,
      name: account,
      body: { spec: { audiences: [] } },
    });
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const exported = JSON.parse(config.exportConfig());
    exported.users = exported.users.map(({ name }: { name: string }) => ({ name, user: { token: status?.token } }));
    const path = join(directory, account);
    writeFileSync(path, JSON.stringify(exported));
    return connectCluster({ name: account, kubeconfig: path });
  }
});

/** What redis answers to ECHO over a connection of its own. Rejects when the connection ends before. */
async function echo({ host, port }: { host: string; port: number }, value: string): Promise<string> {
  const socket = connect(port, host);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('closed')));
  const chunks: Buffer[] = [];
  let length = 0;
  const expected = value.length + `$${value.length}\r\n\r\n`.length;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= expected) resolve(Buffer.concat(chunks).toString());
  });
  socket.write(`*2\r\n$4\r\nECHO\r\n$${value.length}\r\n${value}\r\n`);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
