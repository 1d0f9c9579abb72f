import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../../src/config.ts';
import { matchingPattern } from '../../../src/policy/cluster-policy.ts';
import { parsePolicy, readPolicyFile, type ServicePolicy } from '../../../src/policy/policy-file.ts';

function policyOf(text: string): ServicePolicy {
  const read = parsePolicy(text, 'policy.yaml', { clusters: ['default', 'west'] });
  assert.ok(read.ok, JSON.stringify(read));
  return read.policy;
}

describe('the policy of the service', () => {
  it('protects the namespaces of Kubernetes and its own where no file says otherwise', () => {
    const policy = policyOf('default: {}').of('default');
    assert.deepEqual(policy, {
      limits: {},
      protectedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease', 'squall'],
      protectedNames: [],
      requireOptIn: false,
      lastReady: 'campaign',
    });
    const own = parsePolicy('default: {}', 'policy.yaml', { clusters: [], ownNamespace: 'chaos' });
    assert.ok(own.ok && own.policy.of('default').protectedNamespaces.includes('chaos'));
  });

  it('of a cluster replaces that of all, key by key', () => {
    const policy = policyOf(`default:
  maxRuns: 3
  maxPods: { workload: 50%, namespace: 10 }
  protectedNames: [vault-*]
  probes: { allow: ["*.svc", 10.0.0.0/8] }
clusters:
  west:
    probes: { loopback: true }
    maxPods: { workload: 2, zone: 4 }
    protectedNames: []
    requireOptIn: true
    lastReady: never
`);
    const { limits, protectedNames, requireOptIn, lastReady } = policy.of('west');
    assert.deepEqual(limits, { runs: 3, podsOfWorkload: { count: 2 }, podsOfNamespace: 10, podsOfZone: 4 });
    assert.deepEqual([protectedNames, requireOptIn, lastReady], [[], true, 'never']);
    assert.deepEqual(policy.of('default').limits, { runs: 3, podsOfWorkload: { percent: 50 }, podsOfNamespace: 10 });
    assert.deepEqual(policy.of('default').protectedNames, ['vault-*']);
    assert.deepEqual(policy.of('default').egress, { allow: ['*.svc', '10.0.0.0/8'], loopback: false });
    assert.deepEqual(policy.of('west').egress, { allow: ['*.svc', '10.0.0.0/8'], loopback: true });
  });

  it('names every mistake with its place, what was found and what was expected', () => {
    const read = parsePolicy(
      `default:
  maxRuns: 0
  maxPods: { workload: 150%, nmespace: 3 }
  requireOptIn: maybe
  lastReady: sometimes
  probes: { allow: ['http://shop'], loopback: 1 }
clusters:
  wset: {}
  west: { protectedNames: ['a b'], maxruns: 3 }
`,
      'policy.yaml',
      { clusters: ['default', 'west'] },
    );
    assert.ok(!read.ok);
    assert.deepEqual(
      read.problems.map(({ place, found }) => `${place} | ${found}`),
      [
        'policy.yaml:2:12 default.maxRuns | 0',
        'policy.yaml:3:24 default.maxPods.workload | "150%"',
        'policy.yaml:3:30 default.maxPods.nmespace | the unknown key "nmespace"',
        'policy.yaml:4:17 default.requireOptIn | "maybe"',
        'policy.yaml:5:14 default.lastReady | "sometimes"',
        'policy.yaml:6:20 default.probes.allow | a list',
        'policy.yaml:6:47 default.probes.loopback | 1',
        'policy.yaml:8:9 clusters.wset | the cluster "wset"',
        'policy.yaml:9:27 clusters.west.protectedNames | a list',
        'policy.yaml:9:36 clusters.west.maxruns | the unknown key "maxruns"',
      ],
    );
    assert.equal(read.problems[7]?.expected, 'one of default, west; did you mean west?');
  });

  it('cannot be a file that is not there', () => {
    const read = readPolicyFile('/nowhere/policy.yaml', { clusters: [] });
    assert.ok(!read.ok);
    assert.equal(read.problems[0]?.expected, 'a readable file');
  });

  it('is read where SQUALL_POLICY_FILE says, and its mistakes keep a process from starting', () => {
    const folder = mkdtempSync(join(tmpdir(), 'squall-policy-'));
    try {
      const file = join(folder, 'policy.yaml');
      writeFileSync(file, 'clusters: { west: { maxRuns: 2 } }');
      const env = { HOME: folder, SQUALL_POLICY_FILE: file };
      assert.deepEqual(readConfig({ ...env, SQUALL_CLUSTERS: 'west=w' }).policy.of('west').limits, { runs: 2 });
      assert.throws(
        () => readConfig(env),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          const [problem, ...others] = error.problems;
          assert.deepEqual(others, []);
          assert.equal(problem?.variable, `SQUALL_POLICY_FILE ${file}:1:19 clusters.west`);
          assert.equal(problem.found, 'the cluster "west"');
          return true;
        },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a pattern of names', () => {
  const cases: [string, string, boolean][] = [
    ['kube-*', 'kube-system', true],
    ['kube-*', 'my-kube-system', false],
    ['*vault*', 'the-vault-0', true],
    ['vault', 'vault-0', false],
    ['a.b', 'axb', false],
    ['*', 'anything', true],
  ];
  for (const [pattern, name, matches] of cases) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${name}`, () => {
      assert.equal(matchingPattern([pattern], name), matches ? pattern : undefined);
    });
  }
});
