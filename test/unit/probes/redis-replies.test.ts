import assert from 'node:assert/strict';
import { mapHostToPod } from '../../../src/probes/redis/hosts.ts';
import { instanceOf, parseInfo } from '../../../src/probes/redis/info.ts';
import { isSentinel, redisPortOf } from '../../../src/probes/redis/recognise.ts';
import { parseMasters, parseReplicaHosts } from '../../../src/probes/redis/sentinel.ts';

describe('INFO', () => {
  it('of a primary', () => {
    const info = parseInfo(
      '# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=a,port=1\r\n',
    );
    assert.equal(info.get('slave0'), 'ip=a,port=1');
    assert.deepEqual(instanceOf('p', info), {
      pod: 'p',
      role: 'primary',
      runId: 'abc',
      primaryHost: null,
      linkUp: null,
      connectedReplicas: 2,
    });
  });

  it('of a replica whose link is down', () => {
    const info = parseInfo('role:slave\r\nmaster_host:redis-0.redis.x.svc\r\nmaster_link_status:down\r\nrun_id:abc\r\n');
    const expected = {
      pod: 'p',
      role: 'replica',
      runId: 'abc',
      primaryHost: 'redis-0.redis.x.svc',
      linkUp: false,
      connectedReplicas: null,
    };
    assert.deepEqual(instanceOf('p', info), expected);
  });

  it('of a Sentinel is none of a redis server', () => {
    assert.throws(() => instanceOf('p', parseInfo('# Sentinel\r\nsentinel_masters:1\r\n')), /role "none", expected master or slave/);
  });
});

describe('answers of Sentinel', () => {
  it('name masters with quorum and patience', () => {
    const reply = [
      ['name', 'mymaster', 'ip', '10.0.0.1', 'port', '6379', 'flags', 'master,o_down', 'down-after-milliseconds', '5000', 'quorum', '2'],
    ];
    assert.deepEqual(parseMasters(reply), [
      { name: 'mymaster', host: '10.0.0.1', port: 6379, flags: ['master', 'o_down'], downAfterMs: 5000, quorum: 2 },
    ]);
    assert.deepEqual(parseMasters([]), []);
  });

  it('name replicas by host', () => {
    assert.deepEqual(
      parseReplicaHosts([
        ['name', 'a:6379', 'ip', 'a', 'port', '6379'],
        ['ip', 'b'],
      ]),
      ['a', 'b'],
    );
  });

  it('of another form are refused', () => {
    assert.throws(() => parseMasters('OK'), /Sentinel answered "OK", expected a list/);
    assert.throws(() => parseMasters(['name']), /expected keys and values/);
  });
});

describe('mapHostToPod', () => {
  const pods = [
    { namespace: 'x', name: 'redis-1', ip: '10.0.0.1' },
    { namespace: 'x', name: 'redis-10', ip: '10.0.0.10' },
    { namespace: 'x', name: 'redis-2', ip: '' },
  ];
  const cases: [string, string | undefined][] = [
    ['10.0.0.10', 'redis-10'],
    ['redis-1', 'redis-1'],
    ['redis-10.redis-headless.x.svc.cluster.local', 'redis-10'],
    ['REDIS-2.redis-headless.x.svc', 'redis-2'],
    ['redis-1.redis-headless', 'redis-1'],
    ['redis-1.x.svc', 'redis-1'],
    ['redis-1.redis-headless.other.svc', undefined],
    ['redis-3.redis-headless.x.svc', undefined],
    ['', undefined],
    ['10.0.0.100', undefined],
  ];
  for (const [host, expected] of cases) {
    it(`${JSON.stringify(host)} is ${expected ?? 'none of them'}`, () => assert.equal(mapHostToPod(host, pods)?.name, expected));
  }
});

describe('recognising', () => {
  const pod = (image: string, ports: number[] = [], more: { command?: string[]; labels?: Record<string, string> } = {}) => ({
    metadata: { name: 'p', ...(more.labels && { labels: more.labels }) },
    spec: {
      containers: [
        { name: 'c', image, ports: ports.map((containerPort) => ({ containerPort })), ...(more.command && { command: more.command }) },
      ],
    },
  });
  const redis: [string, ReturnType<typeof pod>, number | undefined][] = [
    ['by port', pod('registry/own-build', [9121, 6379]), 6379],
    ['by image', pod('docker.io/library/redis:6.2'), 6379],
    ['by image with a port of its own', pod('valkey/valkey:8', [7000]), 7000],
    ['by digest', pod('redis@sha256:abc'), 6379],
    ['not an exporter', pod('oliver006/redis_exporter:v1', [9121]), undefined],
    ['not a Sentinel', pod('redis:6.2', [26379]), undefined],
  ];
  for (const [name, candidate, expected] of redis) it(`redis ${name}`, () => assert.equal(redisPortOf(candidate), expected));

  const sentinels: [string, ReturnType<typeof pod>, boolean][] = [
    ['by port', pod('redis:6.2', [26379]), true],
    ['by image', pod('bitnami/redis-sentinel:7'), true],
    ['by command', pod('redis:6.2', [], { command: ['redis-sentinel', '/etc/s.conf'] }), true],
    ['by option', pod('redis:6.2', [], { command: ['redis-server', '/etc/s.conf', '--sentinel'] }), true],
    ['by label', pod('redis:6.2', [], { labels: { app: 'my-sentinel' } }), true],
    ['not a client of one', pod('load:1', [], { command: ['load', '--sentinels=redis-sentinel:26379'] }), false],
    ['not a redis', pod('redis:6.2', [6379]), false],
  ];
  for (const [name, candidate, expected] of sentinels) it(`Sentinel ${name}`, () => assert.equal(isSentinel(candidate), expected));
});
