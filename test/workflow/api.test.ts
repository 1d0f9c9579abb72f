import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RunPage } from '../../src/api/list-runs.ts';
import type { RunResource } from '../../src/api/run-resource.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { ApiClient, documentOf, expectJson, expectProblem, expectSameEvents } from '../support/api-client.ts';
import { ApiServer } from '../support/api-server.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const key = '0123456789abcdef-key';

// The API, Temporal and the workflows are real; the activities are simulated.
describe('REST API', function () {
  this.timeout(60_000);
  let temporal: TestWorkflowEnvironment;
  let server: ApiServer;
  let api: ApiClient;

  before(async () => {
    temporal = await createTemporal();
    server = await ApiServer.start(temporal.address);
    api = new ApiClient(server.url);
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await temporal?.teardown();
  });

  describe('before any worker', () => {
    it('lives and is ready', async () => {
      assert.equal((await api.get('/livez')).status, 200);
      assert.equal((await api.get('/readyz')).status, 200);
    });

    it('says of a run, and of a list by attribute, that no worker has ever run', async () => {
      const problem = await expectProblem(await api.post('/v1/runs', documentOf('early')), 503, 'worker-never-ran');
      assert.match(problem.detail, /Start a worker/);
      await expectProblem(await api.get('/v1/runs?campaign=early'), 503, 'worker-never-ran');
      assert.deepEqual(await expectJson<RunPage>(await api.get('/v1/runs'), 200), { runs: [], nextCursor: null });
    });

    it('says of a plan that no worker takes it up', async () => {
      const problem = await expectProblem(await api.post('/v1/plans', documentOf('early')), 503, 'worker-absent');
      assert.match(problem.detail, /task queue "squall"/);
    });
  });

  describe('without Temporal', () => {
    it('lives, and is not ready', async () => {
      // Nothing listens on port 1 of loopback.
      await using orphan = await ApiServer.start('127.0.0.1:1');
      const client = new ApiClient(orphan.url);
      assert.equal((await client.get('/livez')).status, 200);
      await expectProblem(await client.get('/readyz'), 503, 'temporal-unreachable');
    });
  });

  describe('requests', () => {
    it('of unknown paths and methods are problems', async () => {
      await expectProblem(await api.get('/v2/runs'), 404, 'not-found');
      await expectProblem(await api.get('/v1/runs/none'), 404, 'run-not-found');
      await expectProblem(await api.get('/v1/runs/a%2Fb%00'), 404, 'run-not-found');
      for (const [method, path, allow] of [
        ['DELETE', '/v1/runs', 'GET, POST'],
        ['PUT', '/v1/runs/none', 'GET'],
        ['GET', '/v1/runs/none/cancel', 'POST'],
        ['GET', '/v1/runs/none/retry', 'POST'],
        ['POST', '/v1/runs/none/report', 'GET'],
        ['POST', '/v1/runs/none/events', 'GET'],
        ['GET', '/v1/plans', 'POST'],
        ['POST', '/metrics', 'GET'],
        ['POST', '/livez', 'GET'],
      ] as const) {
        const response = await fetch(`${server.url}${path}`, { method });
        assert.equal(response.headers.get('allow'), allow, `${method} ${path}`);
        await expectProblem(response, 405, 'method-not-allowed');
      }
    });

    it('with a wrong parameter are told every mistake', async () => {
      const response = await api.get('/v1/runs?limit=0&phase=Sleeping&colour=red&campaign=a%27%20OR%201&scoreMin=101&startedAfter=today');
      const { errors = [] } = await expectProblem(response, 400, 'invalid-parameter');
      const wrong = errors.map((error) => error.parameter).toSorted();
      assert.deepEqual(wrong, ['campaign', 'colour', 'limit', 'phase', 'scoreMin', 'startedAfter']);
      await expectProblem(await api.post('/v1/runs?sed=1', documentOf('typo')), 400, 'invalid-parameter');
      await expectProblem(await api.get('/v1/runs?cursor=x'), 400, 'invalid-cursor');
      await expectProblem(await api.post('/v1/runs', documentOf('key'), { 'idempotency-key': '"open' }), 400, 'invalid-idempotency-key');
    });

    it('with a document that is no campaign are told every mistake and its place', async () => {
      const document = documentOf('bad').replace('latency: 500ms', 'latency: soon').replace('duration: 1s', 'duratoin: 1s');
      for (const path of ['/v1/runs', '/v1/plans']) {
        const { errors = [] } = await expectProblem(await api.post(path, document), 422, 'invalid-document');
        assert.equal(errors.length, 2, JSON.stringify(errors));
        for (const error of errors) {
          assert.ok(Number(error.line) > 1 && Number(error.column) > 1, JSON.stringify(error));
          for (const member of ['path', 'found', 'expected', 'message']) assert.equal(typeof error[member], 'string', member);
        }
      }
    });

    it('of an unknown type, or too large, are refused', async () => {
      const unknown = await api.post('/v1/runs', documentOf('text'), { 'content-type': 'text/plain' });
      assert.match(unknown.headers.get('accept') ?? '', /application\/yaml/);
      await expectProblem(unknown, 415, 'unsupported-media-type');
      await expectProblem(await api.post('/v1/runs'), 415, 'unsupported-media-type');
      await expectProblem(await api.post('/v1/runs', `# ${'x'.repeat(1024 * 1024)}`), 413, 'document-too-large');
    });

    it('are answered without a word about the inside', async () => {
      const { headers } = await api.get('/v1/runs');
      assert.equal(headers.get('x-powered-by'), null);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    });

    it('of a web page elsewhere are refused when there is no key', async () => {
      await expectProblem(await api.get('/v1/runs', { origin: 'https://example.com' }), 403, 'foreign-origin');
      assert.equal((await api.get('/v1/runs', { origin: 'http://localhost:3000' })).status, 200);
      // fetch sets the host itself
      const rebound = request(`${server.url}/v1/runs`, { headers: { host: 'example.com' } }).end();
      const [response] = await once(rebound, 'response');
      response.resume();
      assert.equal(response.statusCode, 403);
    });

    it('need the key when there is one', async () => {
      await using guarded = await ApiServer.start(temporal.address, { key });
      const client = new ApiClient(guarded.url);
      for (const path of ['/v1/runs', '/metrics', '/nowhere']) {
        const response = await client.get(path);
        assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
        await expectProblem(response, 401, 'unauthorized');
        await expectProblem(await client.get(path, { authorization: `Bearer ${key}x` }), 401, 'unauthorized');
        await expectProblem(await client.get(path, { authorization: `Basic ${key}` }), 401, 'unauthorized');
      }
      assert.equal((await client.get('/v1/runs', { authorization: `Bearer ${key}` })).status, 200);
      assert.equal((await client.get('/livez')).status, 200);
      assert.equal((await client.get('/readyz')).status, 200);
    });
  });

  describe('with a worker', () => {
    const held = new HeldActivities();
    let worker: Workers;
    let working: Promise<void>;

    before(async () => {
      await registerSearchAttributes(temporal.nativeConnection, 'default');
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
    });

    const isType = (type: RunEvent['type']) => (event: RunEvent) => event.type === type;

    async function metric(line: string): Promise<number> {
      const text = await (await api.get('/metrics')).text();
      const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
      return Number(found?.split(' ')[1] ?? 0);
    }

    it('starts a run, and tells it until it has ended', async () => {
      const response = await api.post('/v1/runs?seed=seven', documentOf('plain', 'network-latency'));
      const run = await expectJson<RunResource & { warnings: { code: string }[] }>(response, 202);
      assert.match(run.id, /^plain-[2-9a-z]{8}$/);
      assert.equal(response.headers.get('location'), `/v1/runs/${run.id}`);
      assert.deepEqual([run.campaign, run.cluster, run.namespace], ['plain', 'default', 'shop']);
      assert.deepEqual(
        run.warnings.map((warning) => warning.code),
        ['alias-used'],
      );
      const { self, report, events, ui } = run.links;
      assert.deepEqual([self, report, events], [`/v1/runs/${run.id}`, `/v1/runs/${run.id}/report`, `/v1/runs/${run.id}/events`]);
      assert.match(ui ?? '', new RegExp(`^http://127\\.0\\.0\\.1:8233/namespaces/default/workflows/${run.id}/[0-9a-f-]{36}/history$`));

      const seen = await api.events(run.id);
      assert.deepEqual(
        seen.flatMap(({ event }) => (event.type === 'run.phase' ? [event.phase] : [])),
        ['Planning', 'Baseline', 'Running', 'Validating', 'Completed'],
      );
      assert.deepEqual(
        seen.map(({ event }) => event.type).filter((type) => type !== 'run.phase'),
        [
          'run.started',
          'run.planned',
          'experiment.started',
          'experiment.prepared',
          'fault.injected',
          'fault.verified',
          'fault.observed',
          'fault.reverted',
          'fault.confirmed',
          'fault.observed',
          'experiment.finished',
          'run.validated',
          'run.finished',
        ],
      );
      const ended = await expectJson<RunResource>(await api.get(self), 200);
      assert.deepEqual([ended.state, ended.phase, ended.verdict, ended.score], ['completed', 'Completed', 'Passed', 100]);
      assert.ok(ended.endedAt !== null && ended.endedAt >= ended.startedAt);

      const json = await expectJson<Report>(await api.get(report), 200);
      assert.deepEqual([json.runId, json.verdict, json.seed], [run.id, 'Passed', 'seven']);
      const text = await api.get(report, { accept: 'text/plain' });
      assert.match(text.headers.get('content-type') ?? '', /^text\/plain/);
      assert.match(await text.text(), /Passed/);
      for (const [accept, type, pattern] of [
        ['text/html', 'text/html', /^<!doctype html>/],
        ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html', /^<!doctype html>/],
        ['text/markdown', 'text/markdown', /^# plain: Passed\n/],
        ['application/xml, text/plain;q=0.5', 'application/xml', /<testsuites name="plain" tests="4" failures="0"/],
        ['text/html;q=0.1, application/json;q=0.9', 'application/json', /^\{/],
        ['*/*', 'application/json', /^\{/],
      ] as const) {
        const response = await api.get(report, { accept });
        assert.deepEqual([response.status, response.headers.get('content-type')?.split(';')[0]], [200, type], accept);
        assert.equal(response.headers.get('vary'), 'Accept');
        assert.match(await response.text(), pattern);
      }
      const { detail } = await expectProblem(await api.get(report, { accept: 'image/png' }), 406, 'not-acceptable');
      assert.match(
        detail,
        /found image\/png, expected one of application\/json, text\/html, text\/markdown, application\/xml, text\/plain/,
      );
      await expectProblem(await api.post(`${self}/cancel`), 409, 'run-ended');
    });

    it('tells a failed run with its report', async () => {
      const run = await api.start(documentOf('slow-one'));
      const last = (await api.events(run.id)).at(-1)?.event;
      assert.ok(last?.type === 'run.finished');
      assert.deepEqual([last.ending, last.verdict], ['failed', 'Failed']);
      assert.equal((await expectJson<Report>(await api.get(run.links.report), 200)).verdict, 'Failed');
    });

    describe('idempotency', () => {
      it('gives one run for one key, also to requests at once, on two APIs, and after its end', async () => {
        await using second = await ApiServer.start(temporal.address);
        const clients = [api, new ApiClient(second.url)];
        const document = documentOf('once');
        const before = await metric('squall_runs_started_total{operation="create"}');
        const runs = await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            (clients[i % 2] ?? api).start(document, { 'idempotency-key': i < 5 ? '"one key"' : '"one key"' }),
          ),
        );
        const [run] = runs;
        assert.ok(run);
        assert.deepEqual(new Set(runs.map((each) => each.links.ui)).size, 1, 'one execution');
        await api.events(run.id);
        const again = await api.start(document, { 'idempotency-key': '"one key"' });
        assert.deepEqual([again.id, again.links.ui, again.state], [run.id, run.links.ui, 'completed']);
        const startedHere = (await metric('squall_runs_started_total{operation="create"}')) - before;
        const startedThere = /squall_runs_started_total\{operation="create"\} 1/.test(await (await fetch(`${second.url}/metrics`)).text());
        assert.equal(startedHere + (startedThere ? 1 : 0), 1, 'counted once');
      });

      it('refuses a key that stands for something else', async () => {
        const headers = { 'idempotency-key': 'other-key' };
        const run = await api.start(documentOf('first'), headers);
        const problem = await expectProblem(await api.post('/v1/runs', documentOf('second'), headers), 422, 'idempotency-key-reused');
        assert.match(problem.detail, new RegExp(run.id));
        await expectProblem(await api.post('/v1/runs?seed=x', documentOf('first'), headers), 422, 'idempotency-key-reused');
        await api.events(run.id);
        await expectProblem(await api.post('/v1/runs', documentOf('second'), headers), 422, 'idempotency-key-reused');
      });

      it('takes JSON as it takes YAML', async () => {
        const body = JSON.stringify({
          apiVersion: 'squall.dev/v1',
          kind: 'Campaign',
          metadata: { name: 'json' },
          spec: { target: { namespace: 'shop', selector: 'app=cart' }, steps: [{ experiment: { fault: 'pod-delete', target: 'all' } }] },
        });
        const run = await api.start(body, { 'content-type': 'application/json' });
        assert.equal((await api.events(run.id)).at(-1)?.event.type, 'run.finished');
      });
    });

    describe('events', () => {
      it('come while the run goes on, and resume on another API without loss or duplicates', async () => {
        await using second = await ApiServer.start(temporal.address);
        const other = new ApiClient(second.url);
        const run = await api.start(documentOf('held-live'));
        const head = await api.events(run.id, { enough: isType('fault.verified') });
        assert.equal(head.at(-1)?.event.type, 'fault.verified');
        assert.equal((await expectJson<RunResource>(await api.get(run.links.self), 200)).state, 'running');
        // The second reader is there before the rest happens.
        const rest = other.events(run.id, { after: head.at(-1)?.id ?? '' });
        held.release('held-live');
        const tail = await rest;
        const all = await api.events(run.id);
        expectSameEvents([...head, ...tail], all);
        assert.equal(all.at(-1)?.event.type, 'run.finished');
        for (const [index, { id }] of all.entries()) expectSameEvents(await other.events(run.id, { after: id }), all.slice(index + 1));
      });

      it('are no content for who has them all, and problems for who asks wrongly', async () => {
        const run = await api.start(documentOf('short'));
        const all = await api.events(run.id);
        const response = await api.get(run.links.events, { 'last-event-id': all.at(-1)?.id ?? '' });
        assert.equal(response.status, 204);
        await expectProblem(await api.get(run.links.events, { 'last-event-id': 'nonsense' }), 400, 'invalid-event-id');
        await expectProblem(await api.get('/v1/runs/none/events'), 404, 'run-not-found');
      });

      it('end when the API ends, and leave nothing open', async () => {
        const leaving = await ApiServer.start(temporal.address);
        const client = new ApiClient(leaving.url);
        const run = await api.start(documentOf('held-leave'));
        const stream = client.events(run.id);
        await api.events(run.id, { enough: isType('fault.verified') });
        await leaving[Symbol.asyncDispose]();
        const seen = await stream;
        assert.notEqual(seen.at(-1)?.event.type, 'run.finished');
        held.release('held-leave');
        const rest = await api.events(run.id, { after: seen.at(-1)?.id ?? '0' });
        assert.equal(rest.at(-1)?.event.type, 'run.finished');
      });
    });

    it('cancels a run, which undoes its fault and still reports', async () => {
      const run = await api.start(documentOf('held-cancel'));
      await api.events(run.id, { enough: isType('fault.verified') });
      const conflict = await api.get(run.links.report);
      assert.ok(Number(conflict.headers.get('retry-after')) > 0);
      await expectProblem(conflict, 409, 'run-in-progress');
      await expectProblem(await api.post(`${run.links.self}/retry`), 409, 'run-in-progress');
      await expectJson<RunResource>(await api.post(`${run.links.self}/cancel`), 202);
      const types = (await api.events(run.id)).map(({ event }) => event.type);
      for (const type of ['run.cancel-requested', 'fault.reverted', 'fault.confirmed'] as const) assert.ok(types.includes(type), type);
      const report = await expectJson<Report>(await api.get(run.links.report), 200);
      assert.equal(report.verdict, 'Aborted');
      const [ended] = (await expectJson<RunPage>(await listUntil('campaign=held-cancel&verdict=Aborted', 1), 200)).runs;
      assert.equal(ended?.id, run.id);
    });

    it('keeps an audit: who did what, with which parameters, and what came of it', async () => {
      await using guarded = await ApiServer.start(temporal.address, { key });
      const client = new ApiClient(guarded.url, { authorization: `Bearer ${key}` });
      const run = await client.start(documentOf('held-audited'));
      assert.equal(run.startedBy, 'key:api');
      await client.events(run.id, { enough: isType('fault.verified') });
      const sofar = (await client.audit(run.id)).map(({ what }) => what);
      assert.ok(sofar.includes('activity.completed') && !sofar.includes('run.finished'), 'of a run that goes on, up to now');
      const pause = JSON.stringify({ actor: 'anna', reason: 'a deploy', faults: 'hold' });
      assert.equal((await client.post(`${run.links.self}/pause`, pause, { 'content-type': 'application/json' })).status, 200);
      assert.equal((await client.post(`${run.links.self}/cancel`)).status, 202);
      await client.events(run.id);
      const audit = await client.audit(run.id);
      const find = (what: string) => audit.find((record) => record.what === what);
      assert.deepEqual([find('run.requested')?.who, find('run.cancel-requested')?.who], ['key:api', 'key:api']);
      assert.deepEqual([find('run.paused')?.who, find('run.paused')?.detail.reason], ['key:api for anna', 'a deploy']);
      const verbs = audit.filter(({ what, experiment }) => what === 'activity.completed' && experiment === 'pod-network-latency');
      const done = verbs.map(({ detail }) => String(detail.activity));
      for (const verb of ['injectFault', 'revertFault']) assert.ok(done.includes(verb), verb);
      const inject = verbs.find(({ detail }) => detail.activity === 'injectFault');
      assert.match(inject?.who ?? '', /@/, 'the identity of a worker');
      assert.partialDeepStrictEqual(inject?.detail, {
        input: { parameters: { latencyMs: 500 } },
        result: { perTarget: [{ target: 'cart-0', detail: 'in effect' }], verified: { ok: true } },
      });
      assert.deepEqual([audit[0]?.what, audit.at(-1)?.what, audit.at(-1)?.detail.ending], ['run.requested', 'run.finished', 'cancelled']);
      assert.equal((await expectJson<Report>(await client.get(run.links.report), 200)).startedBy, 'key:api');
      await expectProblem(await client.get('/v1/runs/none/audit'), 404, 'run-not-found');
    });

    it('repeats a run with its document and its seed', async () => {
      const original = await api.start(documentOf('again'));
      await api.events(original.id);
      const retry = await expectJson<RunResource>(await api.post(`${original.links.self}/retry`), 202);
      assert.notEqual(retry.id, original.id);
      assert.deepEqual([retry.campaign, retry.retryOf], ['again', original.id]);
      await api.events(retry.id);
      const report = await expectJson<Report>(await api.get(retry.links.report), 200);
      assert.equal(report.seed, original.id);
      // The seed is handed on from repeat to repeat.
      const third = await expectJson<RunResource>(
        await api.post(`${retry.links.self}/retry`, undefined, { 'idempotency-key': 'third' }),
        202,
      );
      const again = await expectJson<RunResource>(
        await api.post(`${retry.links.self}/retry`, undefined, { 'idempotency-key': 'third' }),
        202,
      );
      assert.equal(again.id, third.id);
      const [started] = await api.events(third.id, { enough: isType('run.started') });
      assert.ok(started?.event.type === 'run.started');
      assert.deepEqual([started.event.seed, started.event.retryOf], [original.id, retry.id]);
      await api.events(third.id);
    });

    it('says why a terminated run has no report', async () => {
      const run = await api.start(documentOf('held-terminated'));
      await api.events(run.id, { enough: isType('fault.verified') });
      await temporal.client.workflow.getHandle(run.id).terminate('by a test');
      const problem = await expectProblem(await api.get(run.links.report), 404, 'no-report');
      assert.match(problem.detail, /terminated: by a test/);
      const last = (await api.events(run.id)).at(-1)?.event;
      assert.ok(last?.type === 'run.finished');
      assert.deepEqual([last.ending, last.verdict, last.reason], ['terminated', null, 'terminated: by a test']);
      assert.equal((await expectJson<RunResource>(await api.get(run.links.self), 200)).state, 'completed');
    });

    it('knows campaigns only, not other workflows', async () => {
      const run = await api.start(documentOf('parent'));
      const started = (await api.events(run.id)).find(({ event }) => event.type === 'experiment.started')?.event;
      assert.ok(started?.type === 'experiment.started');
      await expectProblem(await api.get(`/v1/runs/${started.workflowId}`), 404, 'run-not-found');
      await expectProblem(await api.post(`/v1/runs/${started.workflowId}/cancel`), 404, 'run-not-found');
    });

    /** Visibility lags behind: asks until the list has as many as are known to exist. */
    async function listUntil(query: string, count: number): Promise<Response> {
      for (;;) {
        const response = await api.get(`/v1/runs?${query}`);
        const page = await expectJson<RunPage>(response.clone(), 200);
        if (page.runs.length >= count) return response;
        await delay(50);
      }
    }

    it('lists runs by filters, page by page', async () => {
      const earlier = new Date().toISOString();
      const started = await Promise.all(Array.from({ length: 5 }, () => api.start(documentOf('listed'))));
      await Promise.all(started.map((run) => api.events(run.id)));
      await listUntil('campaign=listed&phase=Completed', 5);
      const seen: string[] = [];
      const sizes: number[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query = `campaign=listed&verdict=Passed&limit=2${cursor && `&cursor=${cursor}`}`;
        const page: RunPage = await expectJson<RunPage>(await api.get(`/v1/runs?${query}`), 200);
        sizes.push(page.runs.length);
        seen.push(...page.runs.map((run) => run.id));
        cursor = page.nextCursor;
      }
      assert.deepEqual(seen.toSorted(), started.map((run) => run.id).toSorted());
      assert.deepEqual(sizes.slice(0, 3), [2, 2, 1]);
      const [first] = (await expectJson<RunPage>(await api.get('/v1/runs?campaign=listed&limit=1'), 200)).runs;
      assert.deepEqual(first, await expectJson<RunResource>(await api.get(`/v1/runs/${first?.id}`), 200));
      for (const [query, count] of [
        ['campaign=listed&namespace=shop&cluster=default', 5],
        ['campaign=listed&verdict=Failed', 0],
        ['campaign=listed&namespace=other', 0],
        ['campaign=unlisted', 0],
        ['campaign=listed&scoreMin=100&scoreMax=100', 5],
        ['campaign=listed&scoreMax=99.5', 0],
        [`campaign=listed&startedAfter=${earlier}&endedBefore=2100-01-01T00:00:00%2B01:00`, 5],
        [`campaign=listed&startedBefore=${earlier}`, 0],
        ['campaign=listed&endedAfter=2100-01-01T00:00:00Z', 0],
      ] as const) {
        assert.equal((await expectJson<RunPage>(await api.get(`/v1/runs?${query}`), 200)).runs.length, count, query);
      }
      const { nextCursor } = await expectJson<RunPage>(await api.get('/v1/runs?campaign=listed&limit=2'), 200);
      await expectProblem(await api.get(`/v1/runs?campaign=plain&limit=2&cursor=${nextCursor}`), 400, 'invalid-cursor');
      await expectProblem(
        await api.get(`/v1/runs?campaign=listed&limit=2&cursor=${nextCursor?.slice(0, -6)}AAAAAA`),
        400,
        'invalid-cursor',
      );
    });

    it('plans, and says why it cannot', async () => {
      const plan = await expectJson<Plan>(await api.post('/v1/plans?seed=nine', documentOf('planned')), 200);
      assert.deepEqual([plan.seed, plan.campaign.name, plan.experiments.length], ['nine', 'planned', 1]);
      const problem = await expectProblem(await api.post('/v1/plans', documentOf('broken-plan')), 502, 'plan-failed');
      assert.match(problem.detail, /the cluster did not answer/);
    });

    it('measures requests by route, not by run', async () => {
      const text = await (await api.get('/metrics')).text();
      assert.match(text, /squall_http_request_duration_seconds_count\{method="POST",route="\/v1\/runs",status="202"\} [1-9]/);
      assert.match(text, /squall_http_request_duration_seconds_count\{method="GET",route="\/v1\/runs\/:id",status="200"\} [1-9]/);
      assert.match(text, /process_resident_memory_bytes [1-9]/);
      assert.match(text, /^squall_event_streams 0$/m);
      assert.doesNotMatch(text, /\/v1\/runs\/[a-z]+-[2-9a-z]{8}/);
    });
  });
});
