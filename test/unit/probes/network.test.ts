import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Parameters, ProbeSpec, Tolerance } from '../../../src/contracts/campaign.ts';
import type { Sample } from '../../../src/contracts/evidence.ts';
import { openProbe } from '../../../src/probes/open-probe.ts';
import type { ProbeContext } from '../../../src/probes/probe.ts';
import { queryPrometheus } from '../../../src/probes/prometheus.ts';

describe('probes over the network', () => {
  let server: Server;
  let base: string;
  let port: number;
  let listener: RequestListener;

  before(async () => {
    server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    port = address.port;
    base = `http://127.0.0.1:${port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function sample(type: string, parameters: Parameters, more: { tolerance?: Tolerance; timeoutMs?: number } = {}): Promise<Sample> {
    const spec: ProbeSpec = { name: 'p', type, parameters, when: 'during', weight: 0, intervalMs: 100, timeoutMs: 2_000, ...more };
    // Of a cluster they need nothing.
    const context = {
      namespace: 'x',
      selector: '',
      reach: 'auto',
      prometheusUrl: base,
      egress: { allow: null, loopback: true },
      signal: AbortSignal.timeout(5_000),
    } as unknown as ProbeContext;
    await using probe = await openProbe(spec, context, { election: null });
    return await probe.sample(AbortSignal.timeout(5_000));
  }

  function answer(status: number, body: unknown): void {
    listener = (_, response) => void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  const vector = (...values: string[]) => ({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value, i) => ({ metric: { pod: `p${i}` }, value: [1, value] })) },
  });

  describe('prometheus', () => {
    const query = 'sum(up)';
    const ask = (tolerance?: Tolerance) => sample('prometheus', { query }, tolerance && { tolerance });

    it('reads one series or a scalar, and judges it', async () => {
      answer(200, vector('2.5'));
      assert.deepEqual([(await ask()).ok, (await ask()).value], [true, 2.5]);
      assert.equal((await ask({ comparator: '>=', value: 3, successPercent: 100 })).ok, false);
      answer(200, { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } });
      assert.equal((await ask()).value, 7);
      answer(200, vector('-Inf'));
      assert.equal((await ask()).value, Number.NEGATIVE_INFINITY);
    });

    const failures: [string, number, unknown, RegExp][] = [
      ['no series', 200, vector(), /^no data: sum\(up\)$/],
      ['several series', 200, vector('1', '2', '3'), /^3 series, expected one: sum\(up\)$/],
      ['not a number', 200, vector('NaN'), /^not a number \(NaN\): sum\(up\)$/],
      [
        'a range',
        200,
        { status: 'success', data: { resultType: 'matrix', result: [] } },
        /yields a matrix, expected an instant vector or a scalar/,
      ],
      [
        'an error of Prometheus',
        400,
        { status: 'error', errorType: 'bad_data', error: 'parse error' },
        /^Prometheus: bad_data: parse error$/,
      ],
      [
        'something else than Prometheus',
        502,
        '<html>Bad Gateway',
        /api\/v1\/query answered HTTP 502 and not as Prometheus does: <html>Bad Gateway/,
      ],
    ];
    for (const [name, status, body, expected] of failures) {
      it(`says that there was ${name}`, async () => {
        answer(status, body);
        const { ok, error, value } = await ask();
        assert.deepEqual([ok, value], [false, undefined]);
        assert.match(error ?? '', expected);
      });
    }

    it('sends the query whole, below the path the server is at', async () => {
      let said = '';
      listener = async (request, response) => {
        said = `${request.method} ${request.url} ${new URLSearchParams(await text(request)).get('query')}`;
        response.writeHead(200).end(JSON.stringify(vector('1')));
      };
      const series = await queryPrometheus(`${base}/prefix/`, 'up{a="b+c & d"}', AbortSignal.timeout(2_000));
      assert.deepEqual(series, [{ labels: { pod: 'p0' }, value: 1 }]);
      assert.equal(said, 'POST /prefix/api/v1/query up{a="b+c & d"}');
    });

    it('is not opened without a server to ask', async () => {
      const spec: ProbeSpec = {
        name: 'p',
        type: 'prometheus',
        parameters: { query },
        when: 'during',
        weight: 0,
        intervalMs: 1,
        timeoutMs: 1,
      };
      const context = { prometheusUrl: null } as unknown as ProbeContext;
      await assert.rejects(openProbe(spec, context, { election: null }), /no Prometheus is configured/);
    });
  });

  describe('http', () => {
    const get = (expectedStatus: number) => sample('http', { url: `${base}/health`, expectedStatus }, { timeoutMs: 300 });

    it('times an answer with the expected status', async () => {
      answer(204, '');
      const { ok, value } = await get(204);
      assert.ok(ok && value !== undefined && value > 0 && value < 300);
    });

    it('takes another status, a redirect too, for a failure', async () => {
      answer(503, 'busy');
      assert.equal((await get(200)).error, 'HTTP 503, expected 200');
      listener = (_, response) => void response.writeHead(302, { location: '/' }).end();
      assert.equal((await get(200)).error, 'HTTP 302, expected 200');
    });

    it('says that there was no answer, or none to its end', async () => {
      listener = () => undefined;
      assert.equal((await get(200)).error, 'no answer within 300 ms');
      listener = (_, response) => void response.writeHead(200).write('half');
      assert.equal((await get(200)).error, 'no answer within 300 ms');
    });
  });

  describe('tcp', () => {
    it('times a connection', async () => {
      const { ok, value } = await sample('tcp', { host: '127.0.0.1', port });
      assert.ok(ok && value !== undefined && value > 0);
    });

    it('says why there was none', async () => {
      assert.match((await sample('tcp', { host: '127.0.0.1', port: 1 })).error ?? '', /ECONNREFUSED/);
    });
  });

  it('names a type that there is not', async () => {
    await assert.rejects(sample('ping', {}), /probe p: there is no probe type ping/);
  });
});
