import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { makeApiKey } from '../../src/api/auth/api-key.ts';
import { AuthSource } from '../../src/api/auth/auth-source.ts';
import { signDelivery } from '../../src/api/auth/webhook-signature.ts';
import type { RunPage } from '../../src/api/list-runs.ts';
import type { RunResource } from '../../src/api/run-resource.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import { makeCodecKey } from '../../src/security/codec-keys.ts';
import { openEncryption } from '../../src/temporal/data-converter.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { ApiClient, documentOf, expectJson, expectProblem } from '../support/api-client.ts';
import { ApiServer } from '../support/api-server.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { keptByTemporal, readable } from '../support/readable.ts';
import { createTemporal } from '../support/temporal.ts';
import { TokenIssuer } from '../support/token-issuer.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const secret = Buffer.alloc(32, 5);
const json = { 'content-type': 'application/json' };

// The API, Temporal, the workflows and the issuer of tokens are real; the activities are simulated.
describe('who may do what', function () {
  this.timeout(120_000);
  const held = new HeldActivities();
  const keys = { shop: makeApiKey(), bank: makeApiKey(), viewer: makeApiKey(), approver: makeApiKey(), nodes: makeApiKey() };
  let folder: string;
  let temporal: TestWorkflowEnvironment;
  let tokens: TokenIssuer;
  let auth: AuthSource;
  let server: ApiServer;
  let api: ApiClient;
  let worker: Workers;
  let working: Promise<void>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'squall-access-'));
    temporal = await createTemporal();
    tokens = await TokenIssuer.start();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    const grant = (role: string, namespaces: string) => ({ role, clusters: 'default', namespaces });
    const key = (name: keyof typeof keys, ...grants: object[]) => ({ name, sha256: keys[name].sha256, grants });
    const file = {
      keys: [
        key('shop', grant('operator', 'shop')),
        key('bank', grant('operator', 'bank')),
        key('viewer', grant('viewer', 'sh*')),
        key('approver', grant('approver', 'shop')),
        key('nodes', { role: 'operator', clusters: '*', namespaces: '*' }),
      ],
      issuers: [
        {
          name: 'sso',
          issuer: tokens.url,
          audience: 'squall',
          nameClaim: 'email',
          algorithms: ['ES256'],
          grants: [{ group: 'sre', ...grant('admin', '*') }],
        },
      ],
      webhooks: [{ name: 'alertmanager', secrets: `whsec_${secret.toString('base64')}`, grants: [grant('operator', 'shop')] }],
    };
    writeFileSync(join(folder, 'auth.yaml'), JSON.stringify(file));
    auth = new AuthSource(join(folder, 'auth.yaml'), pino({ level: 'silent' }));
    server = await ApiServer.start(temporal.address, { auth });
    api = new ApiClient(server.url);
    worker = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: await bundleWorkflows(),
      activities: held.activities,
      maxHeartbeatThrottleInterval: '100ms',
    });
    working = worker.run();
  });
  after(async () => {
    worker?.shutdown();
    await working;
    await server?.[Symbol.asyncDispose]();
    auth?.[Symbol.dispose]();
    await tokens?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    rmSync(folder, { recursive: true });
  });

  const as = (who: keyof typeof keys) => ({ authorization: `Bearer ${keys[who].key}` });
  const post = (path: string, body: object, headers: Record<string, string>) =>
    api.post(path, JSON.stringify(body), { ...json, ...headers });

  /** A run that goes on until it is released. */
  async function heldRun(more = ''): Promise<RunResource> {
    const document = documentOf(`held-${randomUUID().slice(0, 8)}`);
    return api.start(more === '' ? document : document.replace('  steps:', `${more}\n  steps:`), as('shop'));
  }

  it('nobody does anything without a key, nor with an unknown one', async () => {
    for (const headers of [{}, { authorization: `Bearer ${makeApiKey().key}` }, { authorization: 'Bearer a.b.c' }]) {
      const response = await api.get('/v1/runs', headers);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer realm="squall"/);
      await expectProblem(response, 401, 'unauthorized');
    }
  });

  it('a run is started only where its caller is an operator, and says who started it', async () => {
    const run = await heldRun();
    assert.equal(run.startedBy, 'key:shop');
    for (const who of ['bank', 'viewer', 'approver'] as const) {
      const { detail } = await expectProblem(await api.post('/v1/runs', documentOf('denied'), as(who)), 403, 'forbidden');
      assert.match(detail, new RegExp(`^key:${who} `));
    }
    held.release(run.campaign ?? '');
  });

  it('a fault of nodes takes a caller who may act in every namespace', async () => {
    const document = documentOf('nodes', 'node-cordon').replace(/\n +parameters: .*/, '');
    const { detail } = await expectProblem(await api.post('/v1/runs', document, as('shop')), 403, 'forbidden');
    assert.match(detail, /all namespaces/);
    const run = await expectJson<RunResource>(await api.post('/v1/runs', document, as('nodes')), 202);
    // What lets it do more takes the same; what stops it does not.
    const extend = await post(`/v1/runs/${run.id}/extend`, { experiment: 'node-cordon', by: '30s' }, as('shop'));
    await expectProblem(extend, 403, 'forbidden');
    const abort = await post(`/v1/runs/${run.id}/abort`, { reason: 'enough' }, as('shop'));
    assert.notEqual(abort.status, 403, await abort.text());
  });

  it('a run is seen, in lists too, only by those who may read there', async () => {
    const run = await heldRun();
    await expectProblem(await api.get(`/v1/runs/${run.id}`, as('bank')), 403, 'forbidden');
    const seen = await expectJson<RunResource>(await api.get(`/v1/runs/${run.id}`, as('viewer')), 200);
    assert.equal(seen.startedBy, 'key:shop');
    const listed = async (who: keyof typeof keys) =>
      (await expectJson<RunPage>(await api.get('/v1/runs?limit=200', as(who)), 200)).runs.map(({ id }) => id);
    // Visibility lags a little behind the runs.
    const end = Date.now() + 20_000;
    while (!(await listed('viewer')).includes(run.id)) {
      assert.ok(Date.now() < end, 'never listed');
      await delay(100);
    }
    assert.deepEqual(await listed('bank'), []);
    held.release(run.campaign ?? '');
  });

  it('a run is steered by those who may, in their own name, and answered only by approvers', async () => {
    const run = await heldRun();
    const pause = (who: keyof typeof keys, body: object) => post(`/v1/runs/${run.id}/pause`, body, as(who));
    await expectProblem(await pause('viewer', {}), 403, 'forbidden');
    await expectProblem(await pause('bank', {}), 403, 'forbidden');
    await expectProblem(await post(`/v1/runs/${run.id}/approve`, { approved: true }, as('shop')), 403, 'forbidden');
    await expectProblem(await post('/v1/halt', { reason: 'x' }, as('nodes')), 403, 'forbidden');
    assert.ok((await pause('shop', { actor: 'anna', reason: 'a deploy' })).ok);
    const events = await pausedEvents(run.id);
    assert.match(events, /"actor":"key:shop for anna"/);
    await post(`/v1/runs/${run.id}/abort`, { reason: 'enough' }, as('shop'));
    held.release(run.campaign ?? '');
  });

  async function pausedEvents(id: string): Promise<string> {
    const stop = new AbortController();
    const response = await fetch(`${server.url}/v1/runs/${id}/events`, { headers: as('viewer'), signal: stop.signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes('run.paused') && text.endsWith('\n\n')) break;
    }
    stop.abort();
    return text;
  }

  it('a token of the issuer does what its groups may', async () => {
    const bearer = async (claims: Record<string, unknown>) => ({ authorization: `Bearer ${await tokens.token(claims)}` });
    const run = await api.start(documentOf('by-token'), await bearer({ email: 'anna@example.com', groups: ['sre'] }));
    assert.equal(run.startedBy, 'sso:anna@example.com');
    await expectProblem(await api.get('/v1/runs', await bearer({ email: 'bert@example.com', groups: ['sales'] })), 403, 'forbidden');
    const expired = await tokens.token({ email: 'anna@example.com', groups: ['sre'] }, { expiresInS: -60 });
    await expectProblem(await api.get('/v1/runs', { authorization: `Bearer ${expired}` }), 401, 'unauthorized');
  });

  function signed(id: string, body: string, at = Math.floor(Date.now() / 1_000)): Record<string, string> {
    const signature = signDelivery(secret, id, at, body);
    return { ...json, 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature };
  }

  it('a signed webhook ends a run, once, and is worth nothing anywhere else', async () => {
    const run = await heldRun('  stopConditions: [{ webhook: alerts }]');
    const other = await heldRun('  stopConditions: [{ webhook: alerts }]');
    const path = `/v1/runs/${run.id}/stop-conditions/alerts`;
    const body = JSON.stringify({ reason: 'customers notice' });
    const id = `msg_${randomUUID()}`;
    await expectProblem(await api.post(path, body, { ...signed(id, body), 'webhook-signature': 'v1,AAAA' }), 401, 'unauthorized');
    await expectProblem(await api.post(path, body, signed(id, body, Math.floor(Date.now() / 1_000) - 400)), 401, 'unauthorized');
    const headers = signed(id, body);
    const first = await api.post(path, body, headers);
    assert.ok(first.ok, await first.text());
    // The sender's own repetition is answered, and another process knows of it as well as this one.
    await using second = await ApiServer.start(temporal.address, { auth });
    const elsewhere = new ApiClient(second.url);
    for (const client of [api, elsewhere]) {
      const again = await client.post(path, body, headers);
      assert.ok(again.ok || again.status === 409, `${again.status} ${await again.text()}`);
      const replayed = await client.post(`/v1/runs/${other.id}/stop-conditions/alerts`, body, headers);
      await expectProblem(replayed, 409, 'webhook-replayed');
    }
    await expectProblem(await api.post(`/v1/runs/${other.id}/abort`, body, signed(`msg_${randomUUID()}`, body)), 403, 'forbidden');
    const still = await expectJson<RunResource>(await api.get(`/v1/runs/${other.id}`, as('viewer')), 200);
    assert.equal(still.state, 'running');
    for (const { campaign } of [run, other]) held.release(campaign ?? '');
  });

  it('no key, token or secret is in what Temporal keeps of all this, nor in a report', async () => {
    const token = await tokens.token({ email: 'anna@example.com', groups: ['sre'] });
    const bearer = { authorization: `Bearer ${token}` };
    const run = await api.start(documentOf('reported'), bearer);
    await new ApiClient(server.url, bearer).events(run.id);
    const report = await api.get(`/v1/runs/${run.id}/report`, bearer);
    assert.equal(report.status, 200);
    const texts = [await report.text()];
    for await (const { workflowId } of temporal.client.workflow.list()) {
      texts.push(readable(await keptByTemporal(temporal.connection, workflowId)));
    }
    assert.ok(texts.length > 5 && texts.some((text) => text.includes('sso:anna@example.com')));
    const secrets = [...Object.values(keys).flatMap(({ key, sha256 }) => [key, sha256]), token, secret.toString('base64')];
    for (const text of texts) assert.ok(!secrets.some((each) => text.includes(each)), 'a secret was kept');
  });

  it("payloads are decoded for Temporal's Web UI, and for those who may read everything", async () => {
    const path = join(folder, 'keys.yaml');
    writeFileSync(path, JSON.stringify({ keys: [{ id: 'a', key: makeCodecKey() }] }));
    using encryption = openEncryption(path, pino({ level: 'silent' }));
    await using encrypting = await ApiServer.start(temporal.address, { auth, dataConverter: encryption.dataConverter });
    const client = new ApiClient(encrypting.url);
    const origin = 'http://127.0.0.1:8233';
    const preflight = await fetch(`${client.url}/codec/decode`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization.*x-namespace/);
    const foreign = await fetch(`${client.url}/codec/decode`, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
    assert.notEqual(foreign.status, 204);

    const plain = {
      payloads: [
        { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: Buffer.from('"secret"').toString('base64') },
      ],
    };
    const ask = (what: string, who: keyof typeof keys, body: object) =>
      client.post(`/codec/${what}`, JSON.stringify(body), { ...json, ...as(who), origin, 'x-namespace': 'default' });
    const encoded = await expectJson<typeof plain>(await ask('encode', 'nodes', plain), 200);
    assert.equal(Buffer.from(encoded.payloads[0]?.metadata.encoding ?? '', 'base64').toString(), 'binary/encrypted');
    const decoded = await ask('decode', 'nodes', encoded);
    assert.equal(decoded.headers.get('access-control-allow-origin'), origin);
    assert.deepEqual(await decoded.json(), plain);
    await expectProblem(await ask('decode', 'shop', encoded), 403, 'forbidden');
    await expectProblem(await client.post('/codec/decode', JSON.stringify(encoded), { ...json, origin }), 401, 'unauthorized');
    const damaged = { payloads: [{ ...encoded.payloads[0], data: Buffer.alloc(64).toString('base64') }] };
    await expectProblem(await ask('decode', 'nodes', damaged), 422, 'undecodable-payload');
  });
});
