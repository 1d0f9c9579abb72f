import assert from 'node:assert/strict';
import { primaryOf, replicationProblems } from '../../../src/probes/redis/agreement.ts';
import type { GroupView, RedisPod, SeenInstance, SeenSentinel } from '../../../src/probes/redis/group.ts';
import { isAgreed, newPrimary } from '../../../src/probes/redis/leader-election.ts';

function pod(name: string, terminating = false): RedisPod {
  return { namespace: 'x', name, uid: `uid-${name}`, ip: `ip-${name}`, port: 6379, terminating };
}

const base = { runId: 'run', primaryHost: null, linkUp: null, connectedReplicas: null };

function primary(name: string, more: { runId?: string; terminating?: boolean } = {}): SeenInstance {
  return { ...base, pod: name, role: 'primary', runId: more.runId ?? `run-${name}`, connectedReplicas: 2, at: pod(name, more.terminating) };
}

function replica(name: string, of: string, linkUp = true): SeenInstance {
  return { ...base, pod: name, role: 'replica', primaryHost: `${of}.redis.x.svc`, linkUp, at: pod(name) };
}

function silent(name: string, terminating = false): SeenInstance {
  return { ...base, pod: name, role: 'unreachable', runId: null, error: 'no answer within 500 ms', at: pod(name, terminating) };
}

function sentinel(name: string, names: string, flags: string[] = ['master']): SeenSentinel {
  const master = { name: 'm', host: names, port: 6379, quorum: 2, downAfterMs: 5000, flags };
  return { pod: name, ip: name, master, primary: names === 'elsewhere' ? undefined : pod(names) };
}

const deaf = (name: string): SeenSentinel => ({ pod: name, ip: name, master: null, primary: undefined, error: 'refused' });
const sentinels = (...names: string[]) => names.map((of, i) => (of === 'deaf' ? deaf(`s${i}`) : sentinel(`s${i}`, of)));

describe('replicationProblems', () => {
  const whole = [primary('a'), replica('b', 'a'), replica('c', 'a')];
  const cases: [string, GroupView, string[]][] = [
    ['nothing', { instances: whole, sentinels: sentinels('a', 'a', 'a') }, []],
    ['nothing without Sentinel', { instances: whole, sentinels: [] }, []],
    ['nothing while one Sentinel is away', { instances: whole, sentinels: sentinels('a', 'a', 'deaf') }, []],
    ['nothing of a pod that terminates', { instances: [...whole, primary('d', { terminating: true })], sentinels: [] }, []],
    [
      'three unrelated primaries',
      { instances: [primary('a'), primary('b'), primary('c')], sentinels: [] },
      ['3 of 3 pods are primaries: replication is not configured'],
    ],
    ['two primaries', { instances: [primary('a'), primary('b'), replica('c', 'a')], sentinels: [] }, ['2 of 3 pods are primaries (a, b)']],
    ['a lost link', { instances: [primary('a'), replica('b', 'a', false)], sentinels: [] }, ['b has lost its link to a']],
    [
      'a replica of another',
      { instances: [primary('a'), replica('b', 'a'), replica('c', 'b')], sentinels: [] },
      ['c replicates from b.redis.x.svc, expected a'],
    ],
    [
      'nothing of replicas of a primary in another cluster',
      { instances: [replica('b', 'far.away'), replica('c', 'far.away')], sentinels: [] },
      [],
    ],
    [
      'a lost link to a primary in another cluster',
      { instances: [replica('b', 'far.away'), replica('c', 'far.away', false)], sentinels: [] },
      ['c has lost its link to far.away.redis.x.svc, which is none of these pods'],
    ],
    [
      'replicas of one another',
      { instances: [replica('b', 'c'), replica('c', 'b')], sentinels: [] },
      ['no primary among 2 pods: b (replica), c (replica)'],
    ],
    ['a silent pod', { instances: [primary('a'), silent('b')], sentinels: [] }, ['b is unreachable (no answer within 500 ms)']],
    [
      'no primary',
      { instances: [replica('b', 'a'), silent('a')], sentinels: [] },
      ['no primary among 2 pods: b (replica), a (no answer within 500 ms)'],
    ],
    ['a Sentinel that names another', { instances: whole, sentinels: sentinels('a', 'a', 'b') }, ['Sentinel s2 names b, expected a']],
    ['too few Sentinels', { instances: whole, sentinels: sentinels('a', 'deaf', 'deaf') }, ['1 Sentinels name a, its quorum is 2']],
    [
      'no Sentinel',
      { instances: whole, sentinels: sentinels('deaf', 'deaf') },
      ['no Sentinel answers: Sentinel s0 does not answer (refused), Sentinel s1 does not answer (refused)'],
    ],
    [
      'a Sentinel that holds it for down',
      { instances: whole, sentinels: [sentinel('s0', 'a'), sentinel('s1', 'a'), sentinel('s2', 'a', ['master', 's_down'])] },
      ['Sentinel s2 holds the primary for down (master,s_down)'],
    ],
  ];
  for (const [name, view, expected] of cases) it(`finds ${name}`, () => assert.deepEqual(replicationProblems(view), expected));
});

describe('primaryOf', () => {
  it('believes most Sentinels, and without any the only instance that says so', () => {
    const instances = [primary('a'), replica('b', 'a')];
    assert.equal(primaryOf({ instances, sentinels: sentinels('b', 'b', 'a') }).name, 'b');
    assert.equal(primaryOf({ instances, sentinels: sentinels('deaf', 'deaf') }).name, 'a');
    assert.throws(
      () => primaryOf({ instances, sentinels: sentinels('a', 'b') }),
      /name no primary together: Sentinel s0 names a, Sentinel s1 names b/,
    );
    assert.throws(() => primaryOf({ instances: [primary('a'), primary('b')], sentinels: [] }), /2 of 2 pods are primaries: a, b/);
  });
});

describe('an election', () => {
  const after = [replica('c', 'b'), primary('b'), silent('a', true)];

  it('has a new primary once most Sentinels name another pod', () => {
    assert.equal(newPrimary({ instances: after, sentinels: sentinels('b', 'b', 'a') }, 'a', 'run-a')?.name, 'b');
    assert.equal(newPrimary({ instances: after, sentinels: sentinels('b', 'a', 'a') }, 'a', 'run-a'), undefined);
    assert.equal(newPrimary({ instances: after, sentinels: sentinels('b', 'b', 'deaf') }, 'a', 'run-a')?.name, 'b');
    assert.equal(newPrimary({ instances: after, sentinels: sentinels('elsewhere', 'elsewhere', 'b') }, 'a', 'run-a'), undefined);
    assert.equal(newPrimary({ instances: after, sentinels: sentinels('deaf', 'deaf') }, 'a', 'run-a'), undefined);
  });

  it('has one under the same name when another redis runs in it', () => {
    const named = sentinels('a', 'a', 'a');
    assert.equal(newPrimary({ instances: [primary('a', { runId: 'new' })], sentinels: named }, 'a', 'old')?.name, 'a');
    assert.equal(newPrimary({ instances: [primary('a', { runId: 'old' })], sentinels: named }, 'a', 'old'), undefined);
    assert.equal(newPrimary({ instances: [silent('a')], sentinels: named }, 'a', 'old'), undefined);
  });

  it('is told by the instances where no Sentinel watches', () => {
    assert.equal(newPrimary({ instances: after, sentinels: [] }, 'a', 'run-a')?.name, 'b');
    assert.equal(newPrimary({ instances: [primary('a'), primary('b')], sentinels: [] }, 'a', 'run-a')?.name, 'b');
    assert.equal(newPrimary({ instances: [primary('b'), primary('c')], sentinels: [] }, 'a', 'run-a'), undefined);
  });

  it('is agreed when all that answer follow, those on their way out aside', () => {
    const agreed = (...instances: SeenInstance[]) => isAgreed({ instances, sentinels: [] }, pod('b'));
    assert.equal(agreed(...after), true);
    assert.equal(agreed(primary('b'), primary('a', { terminating: true })), true);
    assert.equal(agreed(primary('b'), replica('c', 'a')), false);
    assert.equal(agreed(primary('b'), replica('c', 'b', false)), false);
    assert.equal(agreed(primary('b'), primary('a')), false);
    assert.equal(agreed(replica('b', 'a'), replica('c', 'b')), false);
    assert.equal(agreed(silent('b'), replica('c', 'b')), false);
  });
});
