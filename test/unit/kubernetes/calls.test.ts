import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, ClusterError } from '../../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../../src/kubernetes/connect-cluster.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const status =
  (code: number, message: string, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end(JSON.stringify({ kind: 'Status', status: 'Failure', message, code }));
const json =
  (body: unknown): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const silence: Answer = () => undefined;
const hangUp: Answer = (request) => void request.socket.destroy();

// An API server's bad days, which a real one can't be asked for.
describe('calls to an API server that misbehaves', () => {
  let directory: string;
  let server: Server;
  let cluster: Cluster & AsyncDisposable;
  let answers: Answer[];
  let requests: string[];

  const pod = { metadata: { name: 'a', namespace: 'x', uid: 'u' } };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'squall-calls-'));
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // As an API server, which does not say how long it keeps a connection.
    server.keepAliveTimeout = 0;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => {
    requests = [];
    cluster = connect(port(), 1_500);
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  function port(): number {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    return address.port;
  }

  function connect(to: number, timeoutMs: number): Cluster & AsyncDisposable {
    const path = join(directory, `config-${to}`);
    writeFileSync(
      path,
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
        clusters: [{ name: 'k', cluster: { server: `http://127.0.0.1:${to}`, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: {} }],
      }),
    );
    return connectCluster({ name: 'flaky', kubeconfig: path, timeoutMs });
  }

  async function failure(call: Promise<unknown>): Promise<ClusterError> {
    const error = await call.then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClusterError, String(error));
    return error;
  }

  it('asks again after 503, a lost connection, and 429 once the time it was told has passed', async () => {
    answers = [status(503, 'starting'), hangUp, status(429, 'slow down', { 'retry-after': '0' }), json(pod)];
    assert.equal((await cluster.readPod('x', 'a'))?.metadata?.uid, 'u');
    assert.equal(requests.length, 4);
  });

  it('waits no longer than the call may take', async () => {
    answers = [status(429, 'slow down', { 'retry-after': '60' })];
    const since = Date.now();
    const error = await failure(cluster.readPod('x', 'a'));
    assert.deepEqual([error.status, error.retryable, requests.length], [429, true, 1]);
    assert.equal(error.message, 'read pod x/a: HTTP 429: slow down');
    assert.ok(Date.now() - since < 1_000);
  });

  it('gives up after some attempts', async () => {
    cluster = connect(port(), 30_000);
    answers = [status(500, 'etcd is down')];
    const error = await failure(cluster.listPods('x', 'app=a'));
    assert.deepEqual([error.message, error.retryable], ['list pods x with app=a: HTTP 500: etcd is down', true]);
    assert.equal(requests.length, 5);
  }).timeout(10_000);

  it('asks once what will not change', async () => {
    answers = [status(403, 'pods is forbidden')];
    const error = await failure(cluster.deletePod({ namespace: 'x', name: 'a', uid: 'u' }, 0));
    assert.deepEqual([error.message, error.retryable], ['delete pod x/a (uid u): HTTP 403: pods is forbidden', false]);
    assert.equal(requests.length, 1);
  });

  it('takes a conflict of something else than the uid for what it is', async () => {
    answers = [status(409, 'object is being changed')];
    assert.equal((await failure(cluster.deletePod({ namespace: 'x', name: 'a', uid: 'u' }, 0))).status, 409);
  });

  it('ends a call that is not answered, and one the caller gave up', async () => {
    answers = [silence];
    const error = await failure(cluster.readPod('x', 'a'));
    assert.deepEqual([error.message, error.retryable], ['read pod x/a: no answer within 1500 ms', true]);
    const reason = new Error('enough');
    await assert.rejects(cluster.readPod('x', 'a', AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const call = cluster.readPod('x', 'a', controller.signal);
    setImmediate(() => controller.abort(reason));
    await assert.rejects(call, reason);
  });

  it('keeps its connection while there is nothing to ask for some seconds', async () => {
    answers = [json(pod)];
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    server.on('connection', count);
    await cluster.readPod('x', 'a');
    // Longer than undici would keep it by itself, and than probes mostly wait.
    await delay(6_000);
    await cluster.readPod('x', 'a');
    server.off('connection', count);
    assert.equal(connections, 1);
  }).timeout(20_000);

  it('says that nobody listens', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const address = nobody.address();
    assert.ok(address !== null && typeof address === 'object');
    nobody.close();
    await once(nobody, 'close');
    await using gone = connect(address.port, 400);
    const error = await failure(gone.readPod('x', 'a'));
    assert.deepEqual([error.retryable, error.status], [true, undefined]);
    assert.match(error.message, /^read pod x\/a: connect ECONNREFUSED/);
  });

  it('passes on an answer that is no Status as it is', async () => {
    answers = [(_, response) => void response.writeHead(404).end('404 page not found\n')];
    assert.equal((await failure(cluster.listNodes())).message, 'list nodes: HTTP 404: 404 page not found');
  });

  it('reads a list page by page', async () => {
    answers = [json({ items: [pod], metadata: { continue: 'more' } }), json({ items: [pod, pod], metadata: {} })];
    assert.equal((await cluster.listPods('x', undefined)).length, 3);
    assert.deepEqual(requests, ['GET /api/v1/namespaces/x/pods?limit=500', 'GET /api/v1/namespaces/x/pods?continue=more&limit=500']);
  });

  it('reads the whole list when the place to go on from has expired', async () => {
    answers = [
      json({ items: [pod], metadata: { continue: 'old' } }),
      status(410, 'expired'),
      json({ items: [pod, pod, pod], metadata: {} }),
    ];
    assert.equal((await cluster.listPods('x', undefined)).length, 3);
    assert.equal(requests[2], 'GET /api/v1/namespaces/x/pods');
  });

  describe('asked for rights', () => {
    const rules = (resourceRules: object[], incomplete = false) => json({ status: { incomplete, resourceRules, nonResourceRules: [] } });
    const allowed = json({ status: { allowed: true } });
    const refused = json({ status: { allowed: false } });
    const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
    const pods = { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] };
    const exec = { apiGroup: '', resource: 'pods', subresource: 'exec', verbs: ['create'] };
    const rulesReview = 'POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const accessReview = 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

    it('reads the rules once, and asks for what they do not grant', async () => {
      const execs = { apiGroups: [''], resources: ['*/exec'], verbs: ['create'] };
      answers = [rules([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }, execs]), refused];
      assert.deepEqual(await cluster.missingPermissions('x', [pods, exec]), [{ ...pods, verbs: ['list'] }]);
      assert.deepEqual(requests, [rulesReview, accessReview]);
    });

    it('asks for nothing that the rules grant', async () => {
      answers = [rules([everything])];
      assert.deepEqual(await cluster.missingPermissions('x', [pods, exec]), []);
      assert.deepEqual(requests, [rulesReview]);
    });

    it('asks for each verb where rules are not all there are, are of some names alone, or of a namespace', async () => {
      for (const [rule, incomplete, permission] of [
        [everything, true, pods],
        [{ ...everything, resourceNames: ['a'] }, false, pods],
        [{ ...everything, resources: ['pods/log'] }, false, pods],
        [{ ...everything, apiGroups: ['apps'] }, false, pods],
        [everything, false, { ...pods, resource: 'nodes' }],
        [everything, false, { ...pods, allNamespaces: true }],
      ] as const) {
        requests = [];
        answers = [rules([rule], incomplete), allowed];
        assert.deepEqual(await cluster.missingPermissions('x', [permission]), []);
        assert.deepEqual(requests, [rulesReview, accessReview, accessReview]);
      }
    });

    it('asks for each verb where it may not read the rules', async () => {
      answers = [status(403, 'cannot create selfsubjectrulesreviews'), allowed];
      assert.deepEqual(await cluster.missingPermissions('x', [pods]), []);
      assert.deepEqual(requests, [rulesReview, accessReview, accessReview]);
    });

    it('has no rules of all namespaces to read', async () => {
      answers = [refused];
      assert.deepEqual(await cluster.missingPermissions('', [pods]), [pods]);
      assert.deepEqual(requests, [accessReview, accessReview]);
    });
  });

  it('says why a stream was refused', async () => {
    answers = [status(403, 'pods "a" is forbidden: cannot create resource "pods/exec"')];
    const error = await failure(cluster.exec({ namespace: 'x', pod: 'a', container: 'c' }, ['true'], { timeoutMs: 1_000 }));
    assert.equal(error.message, 'exec "true" in x/a/c: HTTP 403: pods "a" is forbidden: cannot create resource "pods/exec"');
    assert.match(requests[0] ?? '', /^GET \/api\/v1\/namespaces\/x\/pods\/a\/exec\?container=c&stdout=true&stderr=true&command=true$/);
  });

  it('ends a stream whose handshake is never answered', async () => {
    answers = [silence];
    const error = await failure(cluster.execFirstLine({ namespace: 'x', pod: 'a', container: 'c' }, ['true'], { timeoutMs: 200 }));
    assert.match(error.message, /no result within 200 ms/);
  });

  it('leaves no connection open behind an exec that was refused', async () => {
    answers = [status(404, 'pods "a" not found')];
    const connected = once(server, 'connection');
    await assert.rejects(cluster.exec({ namespace: 'x', pod: 'a', container: 'c' }, ['true'], { timeoutMs: 1_500 }), /not found/);
    const [peer]: Socket[] = await connected;
    // The server itself would end one that is idle after 5 s.
    if (peer?.destroyed === false) await once(peer, 'close', { signal: AbortSignal.timeout(2_000) });
  });
});
