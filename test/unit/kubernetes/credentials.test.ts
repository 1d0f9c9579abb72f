import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { createClusters } from '../../../src/kubernetes/clusters.ts';
import { Credentials } from '../../../src/kubernetes/credentials.ts';
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
    await using credentials = new Credentials(loadKubeconfig({}));
    const first = (await authenticated(credentials)).getDispatcher();
    assert.ok(first !== undefined);
    assert.equal((await authenticated(credentials)).getDispatcher(), first);
    writeFileSync(join(directory, 'cert'), 'second');
    const renewed = (await authenticated(credentials)).getDispatcher();
    assert.notEqual(renewed, first);
    assert.equal((await authenticated(credentials)).getDispatcher(), renewed);
  });

  it('presents the token of the context asked for', async () => {
    await using credentials = new Credentials(loadKubeconfig({ context: 'west' }));
    assert.equal((await authenticated(credentials)).getHeaders().Authorization, 'Bearer secret');
  });

  it('says which file, context or cluster is not there', () => {
    assert.throws(() => loadKubeconfig({ kubeconfig: '/no/such/file' }), /kubeconfig \/no\/such\/file: there is no such file/);
    assert.throws(() => loadKubeconfig({ context: 'north' }), /has no context north; it has: east, west$/);
    const clusters = createClusters({ default: null, far: 'north' });
    assert.throws(() => clusters.get('other'), /cluster other is not configured; configured are: default, far$/);
    assert.throws(() => clusters.get('far'), /has no context north/);
    assert.equal(clusters.get('default'), clusters.get('default'));
  });
});
