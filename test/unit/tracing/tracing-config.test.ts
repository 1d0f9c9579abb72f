import assert from 'node:assert/strict';
import { readTracing } from '../../../src/tracing/tracing-config.ts';

describe("OpenTelemetry's variables", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  function read(env: Record<string, string>) {
    const problems: { variable: string; found: string; expected: string }[] = [];
    return { config: readTracing(env, problems), problems };
  }

  for (const [what, env] of Object.entries({
    'are not there': {},
    'name no exporter': { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
    'turn the SDK off': { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    'say how, and not that': { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_SERVICE_NAME: 'chaos' },
  }))
    it(`turn nothing on when they ${what}`, () => {
      assert.deepEqual(read(env), { config: null, problems: [] });
    });

  it('turn traces on, by an endpoint or an exporter', () => {
    const config = { protocol: 'http/protobuf', sampler: 'parentbased_always_on', ratio: 1 };
    assert.deepEqual(read(endpoint), { config, problems: [] });
    assert.deepEqual(read({ OTEL_TRACES_EXPORTER: 'otlp' }), { config, problems: [] });
  });

  it('say how', () => {
    const env = {
      ...endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    };
    assert.deepEqual(read(env).config, { protocol: 'http/json', sampler: 'traceidratio', ratio: 0.25 });
  });

  it('have their mistakes named, each', () => {
    const { config, problems } = read({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'most',
      OTEL_TRACES_SAMPLER_ARG: '25%',
    });
    assert.equal(config, null);
    assert.deepEqual(
      problems.map(({ variable, found, expected }) => `${variable}: ${found}, ${expected.slice(0, 14)}`),
      [
        'OTEL_TRACES_EXPORTER: "zipkin", otlp or none',
        'OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", http/protobuf ',
        'OTEL_TRACES_SAMPLER: "most", one of always_',
        'OTEL_TRACES_SAMPLER_ARG: "25%", a share, 0 to ',
      ],
    );
  });
});
