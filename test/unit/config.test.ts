import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, isLoopback, readConfig } from '../../src/config.ts';

function problems(env: Record<string, string>): ConfigError['problems'] {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return assert.fail('the environment was accepted');
}

describe('configuration', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-config-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has defaults that need nothing set', () => {
    const config = readConfig({ HOME: folder });
    assert.deepEqual(config.temporal, { namespace: 'default', codecKeysFile: null, connection: { address: '127.0.0.1:7233' } });
    assert.deepEqual(config.api, { host: '127.0.0.1', port: 7400, key: null, authFile: null, requestsPerMinute: 1_200 });
    assert.deepEqual(config.clusters, { default: { source: {} } });
    assert.equal(config.clustersConfigured, false);
    assert.deepEqual(config.workerMetrics, { host: '127.0.0.1', port: 7401 });
    assert.equal(config.uiUrl, 'http://127.0.0.1:8233');
    assert.deepEqual(config.workerLimits, { activities: 100, observations: 500, cachedWorkflows: 128 });
    assert.equal(config.janitorIntervalMs, 30_000);
    assert.equal(config.rolloutIntervalMs, 5_000);
    assert.deepEqual(config.receivers, []);
    assert.match(config.agentImage, /^squall-agent:[0-9]+\.[0-9]+\.[0-9]+$/);
  });

  it('counts an empty variable as absent', () => {
    assert.equal(readConfig({ HOME: folder, SQUALL_API_PORT: '', SQUALL_API_KEY: '' }).api.port, 7400);
  });

  it("reads TEMPORAL_* as Temporal's tools do", () => {
    const config = readConfig({ HOME: folder, TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_NAMESPACE: 'chaos', TEMPORAL_API_KEY: 'secret' });
    assert.deepEqual(config.temporal, {
      namespace: 'chaos',
      codecKeysFile: null,
      connection: { address: 'temporal:7233', apiKey: 'secret', tls: true },
    });
    assert.equal(config.uiUrl, null);
  });

  it("reads Temporal's own configuration file", () => {
    const path = join(folder, 'temporal.toml');
    writeFileSync(path, '[profile.default]\naddress = "other:7233"\nnamespace = "file"\n');
    assert.equal(readConfig({ TEMPORAL_CONFIG_FILE: path }).temporal.connection.address, 'other:7233');
  });

  it('names every problem at once, with what was found and what was expected', () => {
    const found = problems({
      HOME: folder,
      SQUALL_API_PORT: '99999',
      SQUALL_REACH: 'magic',
      SQUALL_JANITOR_INTERVAL: '1s',
      SQUALL_WORKER_OBSERVATIONS: '5',
      SQUALL_ROLLOUT_INTERVAL: '100ms',
      SQUALL_NOTIFICATIONS_FILE: '/none/such.yaml',
      SQUALL_CLUSTERS: 'a=x,a=y',
      SQUALL_PROMETHEUS_URL: 'prometheus:9090',
      SQUALL_API_HOST: '0.0.0.0',
      SQUALL_LOGLEVEL: 'debug',
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'absent.pem'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: join(folder, 'absent.key'),
    });
    assert.deepEqual(found.map((problem) => problem.variable).toSorted(), [
      'SQUALL_API_HOST',
      'SQUALL_API_PORT',
      'SQUALL_CLUSTERS',
      'SQUALL_JANITOR_INTERVAL',
      'SQUALL_LOGLEVEL',
      'SQUALL_NOTIFICATIONS_FILE',
      'SQUALL_PROMETHEUS_URL',
      'SQUALL_REACH',
      'SQUALL_ROLLOUT_INTERVAL',
      'SQUALL_WORKER_OBSERVATIONS',
      'TEMPORAL_*',
    ]);
    const port = found.find((problem) => problem.variable === 'SQUALL_API_PORT');
    assert.deepEqual(port, { variable: 'SQUALL_API_PORT', found: '"99999"', expected: 'a port number, 1 to 65535' });
    assert.equal(found.find((problem) => problem.variable === 'SQUALL_LOGLEVEL')?.expected, 'SQUALL_LOG_LEVEL');
  });

  it('takes a version of workers as a whole, and none for those of one cluster', () => {
    const version = { SQUALL_WORKER_DEPLOYMENT: 'squall', SQUALL_WORKER_BUILD_ID: '1f3c' };
    assert.deepEqual(readConfig({ HOME: folder, ...version }).workerVersion, { deploymentName: 'squall', buildId: '1f3c' });
    assert.equal(readConfig({ HOME: folder }).workerVersion, null);
    const variable = (env: Record<string, string>) => problems({ HOME: folder, ...env }).map((problem) => problem.variable);
    assert.deepEqual(variable({ SQUALL_WORKER_DEPLOYMENT: 'squall' }), ['SQUALL_WORKER_BUILD_ID']);
    assert.deepEqual(variable({ ...version, SQUALL_WORKER_CLUSTER: 'west' }), ['SQUALL_WORKER_DEPLOYMENT']);
  });

  it('leaves variables of the tests and the lab alone', () => {
    assert.equal(readConfig({ HOME: folder, SQUALL_TEST_TEMPORAL: 'x', SQUALL_LAB_CACHE: 'y' }).api.port, 7400);
  });

  describe('key of the API', () => {
    const key = '0123456789abcdef';

    it('is asked for on any address but loopback', () => {
      for (const host of ['0.0.0.0', '10.0.0.1', '::', 'example.com']) {
        assert.deepEqual(
          problems({ HOME: folder, SQUALL_API_HOST: host }).map((problem) => problem.variable),
          ['SQUALL_API_HOST'],
          host,
        );
        assert.equal(readConfig({ HOME: folder, SQUALL_API_HOST: host, SQUALL_API_KEY: key }).api.key, key);
        assert.equal(readConfig({ HOME: folder, SQUALL_API_HOST: host, SQUALL_AUTH_FILE: '/etc/auth' }).api.authFile, '/etc/auth');
      }
      for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.ok(isLoopback(host), host);
    });

    it('is read from a file', () => {
      const path = join(folder, 'key');
      writeFileSync(path, `${key}\n`);
      assert.equal(readConfig({ HOME: folder, SQUALL_API_KEY_FILE: path }).api.key, key);
    });

    it('is refused when short, unreadable or given twice, and never shown', () => {
      const short = problems({ HOME: folder, SQUALL_API_KEY: 'hunter2' });
      assert.equal(short[0]?.variable, 'SQUALL_API_KEY');
      assert.ok(!JSON.stringify(short).includes('hunter2'));
      const unreadable = problems({ HOME: folder, SQUALL_API_HOST: '0.0.0.0', SQUALL_API_KEY_FILE: join(folder, 'absent') });
      assert.deepEqual(
        unreadable.map((problem) => problem.variable),
        ['SQUALL_API_KEY_FILE'],
      );
      const path = join(folder, 'key');
      writeFileSync(path, key);
      const twice = problems({ HOME: folder, SQUALL_API_KEY: key, SQUALL_API_KEY_FILE: path });
      assert.equal(twice[0]?.variable, 'SQUALL_API_KEY_FILE');
    });
  });

  it('takes clusters as pairs and as JSON', () => {
    const contexts = { default: 'kind-a', west: 'arn:aws:eks:x=y' };
    const expected = { default: { source: { context: 'kind-a' } }, west: { source: { context: 'arn:aws:eks:x=y' } } };
    assert.deepEqual(readConfig({ HOME: folder, SQUALL_CLUSTERS: 'default=kind-a, west=arn:aws:eks:x=y' }).clusters, expected);
    assert.deepEqual(readConfig({ HOME: folder, SQUALL_CLUSTERS: JSON.stringify(contexts) }).clusters, expected);
    for (const text of ['west', '=x', 'west=', '{"west": 1}', '{broken', '[]']) {
      assert.equal(problems({ HOME: folder, SQUALL_CLUSTERS: text })[0]?.variable, 'SQUALL_CLUSTERS', text);
    }
  });
});
