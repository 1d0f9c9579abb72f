import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Parameters } from '../../../src/contracts/campaign.ts';
import { parseJsonList, parseJsonMap } from '../../../src/faults/redirect/litmus-json.ts';

function engine(experiment: string, env: Record<string, string>): string {
  return JSON.stringify({
    apiVersion: 'litmuschaos.io/v1alpha1',
    kind: 'ChaosEngine',
    metadata: { name: 'engine', namespace: 'shop' },
    spec: {
      engineState: 'active',
      appinfo: { appns: 'shop', applabel: 'app=web', appkind: 'deployment' },
      experiments: [{ name: experiment, spec: { components: { env: Object.entries(env).map(([name, value]) => ({ name, value })) } } }],
    },
  });
}

/** The parameters of the one experiment, and the codes of the warnings. */
function read(experiment: string, env: Record<string, string>): { parameters: Parameters; durationMs: number; warnings: string[] } {
  const result = parseCampaign(engine(experiment, env), { fileName: 'engine.json' });
  assert.ok(result.ok, JSON.stringify(result));
  const [step] = result.campaign.steps;
  assert.ok(step?.kind === 'experiment', 'no experiment');
  const { parameters, durationMs } = step.experiment;
  return { parameters, durationMs, warnings: result.campaign.warnings.map(({ code }) => code) };
}

function problems(experiment: string, env: Record<string, string>) {
  const result = parseCampaign(engine(experiment, env), { fileName: 'engine.json' });
  assert.ok(!result.ok, 'it was taken');
  return result.problems;
}

const requests = { port: 80, percent: 100 };

describe("Litmus's experiments of DNS and HTTP", () => {
  it('pod-dns-error', () => {
    const { parameters, durationMs } = read('pod-dns-error', { TARGET_HOSTNAMES: '["a.shop","b"]', MATCH_SCHEME: 'substring' });
    assert.deepEqual(parameters, { names: ['a.shop', 'b'], match: 'substring', answer: 'servfail', percent: 100 });
    assert.equal(durationMs, 60_000);
    assert.equal(read('pod-dns-error', {}).parameters.names, undefined);
    assert.match(problems('pod-dns-error', { TARGET_HOSTNAMES: '["a b"]' })[0]?.found ?? '', /a b/);
    assert.match(problems('pod-dns-error', { TARGET_HOSTNAMES: '[1' })[0]?.expected ?? '', /JSON/);
    assert.match(problems('pod-dns-error', { MATCH_SCHEME: 'regex' })[0]?.expected ?? '', /exact, substring/);
  });

  it('pod-dns-spoof', () => {
    const { parameters } = read('pod-dns-spoof', { SPOOF_MAP: '{"abc.com":"spoofabc.com"}' });
    assert.deepEqual(parameters, { records: { 'abc.com': 'spoofabc.com' }, match: 'exact', percent: 100 });
    assert.match(problems('pod-dns-spoof', {})[0]?.found ?? '', /no variable for records/);
    const patterns = problems('pod-dns-spoof', { SPOOF_MAP: '{"*.com":"b.com"}' });
    assert.ok(patterns.some(({ found, expected }) => /\*\.com/.test(found) && /no patterns/.test(expected)));
  });

  it('pod-http-latency', () => {
    assert.deepEqual(read('pod-http-latency', {}).parameters, { ...requests, latencyMs: 6_000 });
    const given = { LATENCY: '1500', TARGET_SERVICE_PORT: '8080', TOXICITY: '40', PROXY_PORT: '20000', NETWORK_INTERFACE: 'eth0' };
    assert.deepEqual(read('pod-http-latency', given).parameters, { port: 8080, percent: 40, latencyMs: 1_500 });
  });

  it('pod-http-status-code', () => {
    const body = { modifyBody: true, contentType: 'text/plain', contentEncoding: 'identity' };
    const bare = read('pod-http-status-code', {});
    assert.deepEqual(bare.parameters, { ...requests, ...body, statusCode: 500 });
    assert.ok(bare.warnings.includes('litmus-random-status'));
    const given = {
      STATUS_CODE: '404',
      MODIFY_RESPONSE_BODY: 'true',
      RESPONSE_BODY: 'gone',
      CONTENT_TYPE: 'text/html',
      CONTENT_ENCODING: 'gzip',
    };
    assert.deepEqual(read('pod-http-status-code', given).parameters, {
      ...requests,
      statusCode: 404,
      modifyBody: true,
      body: 'gone',
      contentType: 'text/html',
      contentEncoding: 'gzip',
    });
    assert.equal(read('pod-http-status-code', { STATUS_CODE: '404', MODIFY_RESPONSE_BODY: 'false' }).parameters.modifyBody, false);
    assert.notEqual(problems('pod-http-status-code', { STATUS_CODE: '200,404' }).length, 0);
    assert.notEqual(problems('pod-http-status-code', { STATUS_CODE: '404', CONTENT_ENCODING: 'br' }).length, 0);
    assert.notEqual(problems('pod-http-status-code', { MODIFY_RESPONSE_BODY: 'false', RESPONSE_BODY: 'gone' }).length, 0);
  });

  it('pod-http-modify-header', () => {
    const { parameters } = read('pod-http-modify-header', { HEADERS_MAP: '{"X-A":"1"}', HEADER_MODE: 'request' });
    assert.deepEqual(parameters, { ...requests, headers: { 'X-A': '1' }, mode: 'request' });
    const framing = problems('pod-http-modify-header', { HEADERS_MAP: '{"Content-Length":"1"}' });
    assert.ok(framing.some(({ found }) => /Content-Length/.test(found)));
    assert.notEqual(problems('pod-http-modify-header', {}).length, 0);
  });

  it('pod-http-modify-body and pod-http-reset-peer', () => {
    const { parameters } = read('pod-http-modify-body', { RESPONSE_BODY: 'other' });
    assert.deepEqual(parameters, { ...requests, body: 'other', contentType: 'text/plain', contentEncoding: 'identity' });
    assert.deepEqual(read('pod-http-reset-peer', { RESET_TIMEOUT: '2000' }).parameters, { ...requests, afterMs: 2_000 });
    assert.deepEqual(read('pod-http-reset-peer', {}).parameters, { ...requests, afterMs: 0 });
  });
});

describe('lists and mappings in JSON', () => {
  const any = (value: unknown) =>
    typeof value === 'string' ? { ok: true as const, value } : { ok: false as const, found: 'no text', expected: 'a text' };

  it('reads what JSON writes, each item once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), (list) => {
        assert.deepEqual(parseJsonList(JSON.stringify(list), any, '[]'), { ok: true, value: list });
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string(), { minKeys: 1, noNullPrototype: true }), (map) => {
        assert.deepEqual(parseJsonMap(JSON.stringify(map), '{}'), { ok: true, value: map });
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const parsed of [parseJsonList(text, any, '[]'), parseJsonMap(text, '{}')]) {
          if (!parsed.ok) assert.ok(parsed.found !== '' && parsed.expected !== '');
        }
      }),
    );
  });
});
