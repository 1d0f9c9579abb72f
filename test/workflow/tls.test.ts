import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Client, Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection } from '@temporalio/worker';
import { readConfig } from '../../src/config.ts';
import { ClusterError } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { rootMessage } from '../../src/root-message.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { createTemporal } from '../support/temporal.ts';

const portOf = (server: Server) => (server.address() as AddressInfo).port;

// Temporal's development server knows no TLS: a server of Node's in front of it does, as a load balancer would.
describe('TLS', function () {
  this.timeout(60_000);
  let folder: string;
  let ours: Authority;
  let theirs: Authority;
  let server: Certificate;
  let client: Certificate;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-tls-'));
    ours = new Authority(folder, 'ours');
    theirs = new Authority(folder, 'theirs');
    server = ours.issue('server');
    client = ours.issue('client');
  });
  after(() => rmSync(folder, { recursive: true }));

  const pem = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) });

  describe('to Temporal', () => {
    let temporal: TestWorkflowEnvironment;
    let front: Server;
    const sockets = new Set<Socket>();

    before(async () => {
      temporal = await createTemporal();
      const [, port] = temporal.address.split(':');
      const options = { ...pem(server), ca: readFileSync(ours.cert), requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] };
      front = createServer(options, (socket) => {
        const behind = connect(Number(port), '127.0.0.1');
        for (const each of [socket, behind]) {
          sockets.add(each);
          each.on('error', () => undefined);
        }
        socket.pipe(behind).pipe(socket);
      });
      front.on('tlsClientError', () => undefined);
      await once(front.listen(0, '127.0.0.1'), 'listening');
    });
    after(async () => {
      for (const socket of sockets) socket.destroy();
      front?.close();
      await temporal?.teardown();
    });

    /** As worker, API and command line read it. */
    function configured(more: Record<string, string>) {
      return readConfig({ HOME: folder, TEMPORAL_ADDRESS: `127.0.0.1:${portOf(front)}`, TEMPORAL_TLS: 'true', ...more }).temporal
        .connection;
    }

    const mutual = () => ({
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: ours.cert,
      TEMPORAL_TLS_CLIENT_CERT_PATH: client.cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: client.key,
    });

    it('is mutual where certificates are configured, for workers and for everything else', async () => {
      const options = configured(mutual());
      const connection = await Connection.connect(options);
      await new Client({ connection }).workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      const native = await NativeConnection.connect(options);
      await native.workflowService.describeNamespace({ namespace: 'default' });
      await native.close();
    });

    it('is refused without a certificate, with one of another authority, and when the server is of another authority', async () => {
      const stranger = theirs.issue('stranger');
      for (const [what, environment] of [
        ['no certificate', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: ours.cert }],
        [
          'one of another authority',
          { ...mutual(), TEMPORAL_TLS_CLIENT_CERT_PATH: stranger.cert, TEMPORAL_TLS_CLIENT_KEY_PATH: stranger.key },
        ],
        ['a server of another authority', { ...mutual(), TEMPORAL_TLS_SERVER_CA_CERT_PATH: theirs.cert }],
      ] as const) {
        await assert.rejects(Connection.connect({ ...configured(environment), connectTimeout: '1s' }), what);
      }
    });
  });

  it('carries the API key of Temporal, which goes nowhere without it', async () => {
    const seen: unknown[] = [];
    const fake = createSecureServer(pem(server), (request, response) => {
      seen.push(request.headers.authorization);
      response.stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true });
    });
    await once(fake.listen(0, '127.0.0.1'), 'listening');
    try {
      const environment = { HOME: folder, TEMPORAL_ADDRESS: `127.0.0.1:${portOf(fake)}`, TEMPORAL_API_KEY: 'the-key-of-temporal' };
      const options = readConfig({ ...environment, TEMPORAL_TLS_SERVER_CA_CERT_PATH: ours.cert }).temporal.connection;
      const connection = Connection.lazy(options);
      await connection.withDeadline(Date.now() + 5_000, () => connection.workflowService.getSystemInfo({})).catch(() => undefined);
      await connection.close();
      assert.deepEqual(new Set(seen), new Set(['Bearer the-key-of-temporal']));
      // A key turns TLS on: the certificate is verified before anything is said.
      assert.ok(readConfig(environment).temporal.connection.tls);
      seen.length = 0;
      const unverified = Connection.lazy(readConfig(environment).temporal.connection);
      await assert.rejects(unverified.withDeadline(Date.now() + 2_000, () => unverified.workflowService.getSystemInfo({})));
      await unverified.close();
      assert.deepEqual(seen, []);
    } finally {
      fake.close();
    }
  });

  it("to a cluster is refused when the API server's certificate is of another authority", async () => {
    const asked: unknown[] = [];
    const fake = createHttpsServer(pem(server), (request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'PodList', items: [], metadata: {} }));
    });
    await once(fake.listen(0, '127.0.0.1'), 'listening');
    try {
      const clusterOf = (authority: Authority) => {
        const kubeconfig = join(folder, 'kubeconfig');
        const cluster = { server: `https://127.0.0.1:${portOf(fake)}`, 'certificate-authority': authority.cert };
        writeFileSync(
          kubeconfig,
          JSON.stringify({
            'current-context': 'c',
            contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
            clusters: [{ name: 'c', cluster }],
            users: [{ name: 'u', user: { token: 'token-of-the-cluster' } }],
          }),
        );
        return connectCluster({ name: 'c', kubeconfig });
      };
      await using verified = clusterOf(ours);
      assert.deepEqual(await verified.listPods('shop', ''), []);
      assert.deepEqual(asked, ['Bearer token-of-the-cluster']);
      await using wrong = clusterOf(theirs);
      const failure = await wrong.listPods('shop', '').catch((error: unknown) => error);
      assert.ok(failure instanceof ClusterError);
      assert.match(`${failure.message} ${rootMessage(failure)}`, /certificate/);
      assert.equal(asked.length, 1, 'the token was not sent');
    } finally {
      fake.close();
      fake.closeAllConnections();
    }
  });
});
