import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { createClusters } from '../../../src/kubernetes/clusters.ts';
import { Connection } from '../../../src/kubernetes/connection.ts';
import { Credentials } from '../../../src/kubernetes/credentials.ts';
import { Kubeconfig } from '../../../src/kubernetes/kubeconfig.ts';
import { loadKubeconfig } from '../../../src/kubernetes/load-kubeconfig.ts';

describe('kubeconfig', () => {
  let directory: string;
  let path: string;
  let kubeconfigBefore: string | undefined;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'squall-kubeconfig-'));
    path = join(directory, 'config');
    writeFileSync(
      path,
      JSON.stringify({
        'current-context': 'east',
        contexts: ['east', 'west'].map((name) => ({ name, context: { cluster: 'k', user: name } })),
        clusters: [{ name: 'k', cluster: { server: 'https://192.0.2.1:6443' } }],
        users: [
          { name: 'east', user: { 'client-certificate': join(directory, 'cert'), 'client-key': join(directory, 'key') } },
          { name: 'west', user: { token: 'secret' } },
        ],
      }),
    );
    writeFileSync(join(directory, 'cert'), 'first');
    writeFileSync(join(directory, 'key'), 'key');
  });
  after(() => rmSync(directory, { recursive: true }));
  beforeEach(() => {
    kubeconfigBefore = process.env.KUBECONFIG;
    process.env.KUBECONFIG = path;
  });
  afterEach(() => {
    if (kubeconfigBefore === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = kubeconfigBefore;
  });

  async function authenticated(credentials: Credentials): Promise<RequestContext> {
    const request = new RequestContext('https://192.0.2.1:6443/api', HttpMethod.GET);
    await credentials.applySecurityAuthentication(request);
    return request;
  }

  it('gives every request the same pool of connections, until the certificate is renewed', async () => {
    await using credentials = new Credentials(new Kubeconfig({}));
    const first = (await authenticated(credentials)).getDispatcher();
    assert.ok(first !== undefined);
    assert.equal((await authenticated(credentials)).getDispatcher(), first);
    writeFileSync(join(directory, 'cert'), 'second');
    const renewed = (await authenticated(credentials)).getDispatcher();
    assert.notEqual(renewed, first);
    assert.equal((await authenticated(credentials)).getDispatcher(), renewed);
  });

  it('reads a kubeconfig given by its path again when it has changed, and keeps what held while it is wrong', async () => {
    const mounted = join(directory, 'mounted');
    const write = (token: string, server: string) =>
      writeFileSync(
        mounted,
        JSON.stringify({
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
          clusters: [{ name: 'k', cluster: { server } }],
          users: [{ name: 'u', user: { token } }],
        }),
      );
    write('first', 'https://192.0.2.1:6443/');
    let now = 0;
    const kubeconfig = new Kubeconfig({ kubeconfig: mounted }, () => now);
    await using connection = new Connection(kubeconfig);
    const tokenNow = async () => (await authenticated(connection.credentials)).getHeaders().Authorization;
    assert.deepEqual([await tokenNow(), connection.server], ['Bearer first', 'https://192.0.2.1:6443']);
    writeFileSync(mounted, 'clusters: [');
    now += 1_000;
    assert.equal(await tokenNow(), 'Bearer first');
    write('second', 'https://192.0.2.2:6443');
    assert.equal(await tokenNow(), 'Bearer first', 'its file is looked at with every request');
    now += 1_000;
    assert.deepEqual([await tokenNow(), connection.server], ['Bearer second', 'https://192.0.2.2:6443']);
  });

  it('presents the token of the context asked for', async () => {
    await using credentials = new Credentials(new Kubeconfig({ context: 'west' }));
    assert.equal((await authenticated(credentials)).getHeaders().Authorization, 'Bearer secret');
  });

  it('says which file, context or cluster is not there', () => {
    assert.throws(() => loadKubeconfig({ kubeconfig: '/no/such/file' }), /kubeconfig \/no\/such\/file: there is no such file/);
    assert.throws(() => loadKubeconfig({ context: 'north' }), /has no context north; it has: east, west$/);
    const clusters = createClusters({ default: { source: {} }, far: { source: { context: 'north' } } });
    assert.throws(() => clusters.get('other'), /cluster other is not configured; configured are: default, far$/);
    assert.throws(() => clusters.get('far'), /has no context north/);
    assert.equal(clusters.get('default'), clusters.get('default'));
  });
});
