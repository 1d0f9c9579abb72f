import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FinishInput } from '../../../../src/contracts/activities.ts';
import type { Finding } from '../../../../src/contracts/report.ts';
import { rules } from '../../../../src/report/analysis/rules.ts';
import { makeReport } from '../../../../src/report/report.ts';

const folder = fileURLToPath(new URL('../../../evidence/recorded/', import.meta.url));

interface Recorded {
  /** how the condition was provoked */
  how: string;
  input: FinishInput;
}

function read(name: string): Recorded {
  return JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Recorded;
}

function findingsOf(name: string): Finding[] {
  return makeReport(read(name).input).findings;
}

function only(name: string, rule: string): Finding {
  const found = findingsOf(name).filter((finding) => finding.rule === rule);
  const [finding] = found;
  assert.ok(finding && found.length === 1, `${name}: ${found.length} findings of ${rule}`);
  return finding;
}

// What the rules find in what real runs on the lab left (test/evidence/record.ts), and nothing else.
const expected: Record<string, string[]> = {
  'clients-gone': ['clients-not-back'],
  'cpu-throttled': ['cpu-throttled', 'no-disruption-budget'],
  'crash-loop': ['crash-loop', 'readiness-absent', 'no-disruption-budget'],
  demo: [],
  'down-after': ['slow-election'],
  'few-replicas': ['replicas-without-reserve'],
  healthy: [],
  'image-pull': ['recovery-not-reached', 'image-not-pulled', 'readiness-absent', 'no-disruption-budget'],
  'liveness-kill': ['killed-by-liveness', 'no-disruption-budget'],
  'long-grace-period': ['slow-election'],
  'lost-writes': ['writes-lost'],
  'no-priority': ['replicas-not-linked', 'slow-election', 'recovery-not-reached', 'replicas-without-priority'],
  'no-quorum': ['replicas-not-linked', 'slow-election', 'recovery-not-reached', 'no-quorum', 'quorum-without-reserve'],
  'one-zone': ['readiness-absent', 'no-disruption-budget', 'one-zone'],
  'out-of-memory': ['recovery-not-reached', 'out-of-memory', 'no-disruption-budget'],
  'probe-flaps': ['readiness-flaps', 'no-disruption-budget'],
  'repeated-vote': ['slow-election'],
  'slow-readiness': ['recovery-not-reached', 'readiness-slow', 'no-disruption-budget'],
  unexplained: ['unexplained'],
  unschedulable: ['recovery-not-reached', 'not-scheduled', 'readiness-absent', 'no-disruption-budget'],
  'volume-not-attached': ['recovery-not-reached', 'volume-not-attached', 'no-disruption-budget'],
};

/** Of each finding that tells it best: its title, a line of its evidence, its fix. */
const telling: Record<string, [record: string, title: RegExp, evidence: RegExp, fix: RegExp]> = {
  'slow-election': [
    'long-grace-period',
    /the election took 51\.46 s, over its limit of 30 s; 51\.37 s of it until Sentinel's switch/,
    /Z event Killing of pod\/redis-leader-0: Stopping container redis\n.*\nspec of statefulset\/redis-leader: terminationGracePeriodSeconds is 45, and Sentinel switched 6\.37 s after it was over/,
    /expected after 21\.46 s, within the limit:\nkubectl -n \S+ patch statefulset redis-leader --type=merge -p '.*"terminationGracePeriodSeconds":15/,
  ],
  'no-quorum': [
    'no-quorum',
    /2 of 3 Sentinels answered, and 3 have to agree/,
    /Z sentinel redis-sentinel-0: \+sdown sentinel /,
    /SENTINEL SET redis quorum 2/,
  ],
  'quorum-without-reserve': ['no-quorum', /3 of 3 Sentinels have to agree/, /quorum 3, knows of 2 others/, /SENTINEL SET redis quorum 2/],
  'replicas-without-priority': [
    'no-priority',
    /no replica may be elected/,
    /-failover-abort-no-good-slave/,
    /exec redis-leader-1 -c redis -- redis-cli CONFIG SET replica-priority 100/,
  ],
  'writes-lost': [
    'lost-writes',
    /500 of 500 acknowledged writes were lost, and min-replicas-to-write is not set/,
    /Z redis redis-leader-0: CONFIG GET min-replicas-to-write 0/,
    /exec redis-leader-0 -c redis -- redis-cli CONFIG SET min-replicas-to-write 1/,
  ],
  'replicas-without-reserve': [
    'few-replicas',
    /writes were refused: a write needs 2 of 2 replicas/,
    /Z probe redis-write-latency: NOREPLICAS .*\n.*CONFIG GET min-replicas-to-write 2/,
    /CONFIG SET min-replicas-to-write 1/,
  ],
  'clients-not-back': [
    'clients-gone',
    /11 clients are connected to redis-leader-2, and 23 were to redis-leader-0/,
    /when the plan was made redis redis-leader-0: INFO connected_clients 23/,
    /ask Sentinel for the primary whenever they connect/,
  ],
  'crash-loop': [
    'crash-loop',
    /container main of shop-\S+ ends again whenever it is started, with exit code 3/,
    /Z event BackOff of pod\/shop-\S+ \(3 times since /,
    /logs shop-\S+ -c main --previous/,
  ],
  'image-not-pulled': [
    'image-pull',
    /container main of shop-\d does not start/,
    /Z event Failed of pod\/shop-\d: Failed to pull image "registry\.invalid\/shop:2"/,
    /Correct the image of container main in statefulset\/shop/,
  ],
  'not-scheduled': [
    'unschedulable',
    /no node takes shop-\d/,
    /Z event FailedScheduling of pod\/shop-\d: 0\/3 nodes are available/,
    /node selector/,
  ],
  'out-of-memory': [
    'out-of-memory',
    /container main of shop-\S+ was killed at its memory limit of 64Mi/,
    /ended with exit code 137 \(OOMKilled\)/,
    /patch deployment shop --type=strategic -p '.*"memory":"128Mi"/,
  ],
  'killed-by-liveness': [
    'liveness-kill',
    /container main of shop-\d was killed by its liveness probe/,
    /Z event Killing of pod\/shop-\d.*: Container main failed liveness probe, will be restarted/,
    /patch statefulset shop .*"livenessProbe":\{"timeoutSeconds":5,"failureThreshold":6\}/,
  ],
  'volume-not-attached': [
    'volume-not-attached',
    /shop-0 waited for its volume, which had been on node-1 and is needed on node-2/,
    /Z event FailedAttachVolume of pod\/shop-0: Multi-Attach error/,
    /kubectl taint nodes node-1 node\.kubernetes\.io\/out-of-service/,
  ],
  'readiness-slow': [
    'slow-readiness',
    /the readiness probe of container main holds each new pod up for 25 s/,
    /spec of statefulset\/shop: readinessProbe of container main: initialDelaySeconds 25/,
    /"readinessProbe":\{"initialDelaySeconds":0/,
  ],
  'readiness-flaps': [
    'probe-flaps',
    /the readiness probe of shop-\d failed \d+ times, and its container ran all along/,
    /Z event Unhealthy of pod\/shop-\d .*: Readiness probe failed: dial tcp/,
    /raise timeoutSeconds/,
  ],
  'cpu-throttled': [
    'cpu-throttled',
    /container main was held back by its CPU limit of 50m/,
    /Z prometheus container_cpu_cfs_throttled_periods_total of pod\/shop-\d, container main: \d+ of \d+ periods/,
    /"cpu":"100m"/,
  ],
  'readiness-absent': ['one-zone', /StatefulSet shop has no readiness probe/, /container main has no readinessProbe/, /readinessProbe/],
  'no-disruption-budget': [
    'one-zone',
    /StatefulSet shop has no disruption budget/,
    /none selects pod\/shop-0, pod\/shop-1/,
    /create poddisruptionbudget shop --selector='app=shop' --max-unavailable=1/,
  ],
  'one-zone': ['one-zone', /all 2 pods are in zone-a, of 3 zones/, /pod\/shop-0: on \S+ in zone-a/, /"topologySpreadConstraints"/],
  'recovery-not-reached': ['unschedulable', /steady state did not return within 15 s/, /not Ready: shop-\d \(Pending\)/, /^$/],
};

/** Each line says when, or of what. */
const located = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z |spec of |probe |status of |when the plan was made |still missing )/;

describe('analysis of recorded runs', () => {
  it('has an expectation for each record, and a record for each rule that looks at more than the fault itself', () => {
    const names = readdirSync(folder).map((file) => file.replace('.json', ''));
    assert.deepEqual(names.sort(), Object.keys(expected).sort());
    const ofFaults = ['fault-not-held', 'latency-not-felt', 'carrier-ended-fault'];
    const others = rules.map(({ name }) => name).filter((name) => !ofFaults.includes(name));
    assert.deepEqual(Object.keys(telling).sort(), others.sort());
  });

  for (const [name, wanted] of Object.entries(expected)) {
    it(`${name}: ${wanted.length === 0 ? 'nothing' : wanted.join(', ')}`, () => {
      const findings = findingsOf(name);
      const told = findings.map(({ title, evidence }) => `${title}\n  ${evidence.join('\n  ')}`).join('\n');
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        wanted,
        told,
      );
      for (const { rule, evidence, fix, patch } of findings) {
        assert.ok(evidence.length > 0, `${rule} finds without evidence`);
        if (rule !== 'replicas-not-linked' && rule !== 'unexplained') for (const line of evidence) assert.match(line, located);
        if (patch !== undefined)
          assert.ok(fix?.includes(`kubectl -n ${patch.namespace} patch ${patch.target.replace('/', ' ')} `), fix ?? '');
      }
    });
  }

  for (const [rule, [record, title, evidence, fix]] of Object.entries(telling)) {
    it(`${rule} tells its finding, its evidence and its fix`, () => {
      const found = only(record, rule);
      assert.match(found.title, title);
      assert.match(found.evidence.join('\n'), evidence);
      assert.match(found.fix ?? '', fix);
    });
  }

  it('blames a vote that had to be repeated, where that is what held the election up', () => {
    const found = only('repeated-vote', 'slow-election');
    const evidence = found.evidence.join('\n');
    assert.match(evidence, /Z sentinel redis-sentinel-\d: \+new-epoch 1\n\S+Z sentinel redis-sentinel-\d: \+new-epoch 2\n/);
    assert.match(evidence, /12\.21 s of the 16\.46 s until the switch lie between the first vote and the one that came to a switch/);
    assert.match(found.fix ?? '', /after twice their failover-timeout \(6000 ms\)\..* SENTINEL SET redis failover-timeout 3000$/);
  });

  it('says of a failure that no rule fits when it was, and what was ruled out', () => {
    const { evidence } = only('unexplained', 'unexplained');
    assert.match(evidence[1] ?? '', /Z probe redis-write-latency: the first of 2 misses among 105 samples; the last at /);
    const ruledOut = evidence.filter((line) => line.startsWith('ruled out: '));
    assert.ok(ruledOut.includes('ruled out: no container was in a crash loop'), evidence.join('\n'));
    assert.ok(ruledOut.includes('ruled out: 2 of 3 Sentinels have to agree: one may be away'), evidence.join('\n'));
    assert.equal(ruledOut.length, evidence.length - 2);
  });

  it('finds nothing where the cluster was not asked, in any of them', () => {
    const blind = new Set(['slow-election', 'recovery-not-reached', 'replicas-not-linked', 'unexplained']);
    for (const name of Object.keys(expected)) {
      const { input } = read(name);
      const evidence = input.evidence.map(({ clusterRecord: _, ...rest }) => rest);
      const found = makeReport({ ...input, evidence }).findings.map(({ rule }) => rule);
      assert.deepEqual(
        found.filter((rule) => !blind.has(rule)),
        [],
        name,
      );
    }
  });
});
