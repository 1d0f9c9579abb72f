import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Manifest } from '../../examples/redis/manifests.ts';
import { redisCli, redisPods, sentinelPods } from '../../examples/redis/replication.ts';
import { changeScript, type Place, workload } from './place.ts';

/** Something wrong with a workload, and a campaign that shows it. */
export interface Condition {
  /** how it is provoked, in a sentence: a part of the record */
  how: string;
  prepare(place: Place): Promise<void>;
  /** of the campaign's document: its steps, with what belongs beside them under `spec` */
  spec(namespace: string): string;
  /** while the fault is in effect */
  meanwhile?(place: Place): Promise<void>;
}

/** Of the lab's. Redis is recognised by its image: what is to be none runs in another. */
const images = { redis: 'docker.io/library/redis:6.2', debian: 'docker.io/library/debian:bookworm-slim' };

const listening = [
  'perl',
  '-MIO::Socket::INET',
  '-e',
  '$SIG{TERM} = sub { exit }; $s = IO::Socket::INET->new(Listen => 9, LocalPort => 8080, ReuseAddr => 1) or die; while (1) { $c = $s->accept and close $c }',
];
const sleeping = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'];
const shop = (namespace: string, kind = 'StatefulSet') => `target: {namespace: ${namespace}, kind: ${kind}, name: shop}`;
const podsReady = 'hypothesis: [{type: pods-ready, when: after}]';
const deletesOne = (recovery: string) =>
  `steps: [{experiment: {name: lose-a-pod, fault: pod-delete, target: {count: 1}, duration: 3s, recoveryTimeout: ${recovery}}}]`;

/** A pod is deleted, and comes back by a template that was changed meanwhile, as in a rollout that nobody looked at. */
function spoiltTemplate(how: string, change: object): Condition {
  return {
    how: `a StatefulSet with update strategy OnDelete, ${how} in its template after its pods had started; then a pod is deleted`,
    async prepare(place) {
      await place.apply(workload('StatefulSet', images.debian, { command: sleeping }));
      await place.ready('app=shop', 2);
      await place.patch('StatefulSet', 'shop', { spec: { template: { spec: change } } });
    },
    spec: (namespace) => `${shop(namespace)}\n${podsReady}\n${deletesOne('15s')}`,
  };
}

const redis = (namespace: string) => `target: {namespace: ${namespace}, kind: StatefulSet, name: redis-leader}`;
const electsWithin = (limit: string, how = '', recovery = '60s') => `steps:
- experiment:
    name: lose-the-primary
    fault: pod-delete
    target: {role: redis-primary}
    ${how}
    duration: 5s
    recoveryTimeout: ${recovery}
    hypothesis: [{type: redis-leader-election, tolerance: <= ${limit}}]`;

async function onSentinels(place: Place, ...command: string[]): Promise<void> {
  for (const pod of sentinelPods) await redisCli(place, pod, 'SENTINEL', 'SET', 'redis', ...command);
}

/** Redis behind a shell that passes no SIGTERM on, with a grace period of 45 s. @param spec of the StatefulSet, further keys */
export function deafPrimary(manifests: Manifest[], spec: object = {}): void {
  changeScript(manifests, 'redis-start.sh', 'exec redis-server /data/redis.conf', 'redis-server /data/redis.conf; exit $?');
  const set = manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'redis-leader');
  const template = set?.spec?.template as { spec: { terminationGracePeriodSeconds: number } } | undefined;
  if (set?.spec === undefined || template === undefined) throw new Error('the example has no StatefulSet redis-leader');
  template.spec.terminationGracePeriodSeconds = 45;
  Object.assign(set.spec, spec);
}

export const conditions: Record<string, Condition> = {
  healthy: {
    how: "the example's redis as it is; its primary is deleted",
    prepare: (place) => place.deployRedis(),
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('30s')}`,
  },
  demo: {
    how: "the example's redis and its campaign as they are: the primary is lost, the replicas are short of CPU, and the network is slow",
    prepare: (place) => place.deployRedis(),
    spec(namespace) {
      const text = readFileSync(new URL('../../examples/redis/campaign.yaml', import.meta.url), 'utf8');
      const { spec } = parse(text.replaceAll('namespace="default"', `namespace="${namespace}"`)) as { spec: { target: object } };
      return stringify({ ...spec, target: { ...spec.target, namespace } });
    },
  },
  'long-grace-period': {
    how: "the example's redis behind a shell that passes no SIGTERM on, with a grace period of 45 s; its primary is deleted",
    prepare: (place) => place.deployRedis((manifests) => deafPrimary(manifests)),
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('30s')}`,
  },
  'down-after': {
    how: "the example's redis with down-after-milliseconds 20000 on each Sentinel; its primary is deleted by force",
    async prepare(place) {
      await place.deployRedis();
      await onSentinels(place, 'down-after-milliseconds', '20000');
    },
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('10s', 'parameters: {force: true}')}`,
  },
  'repeated-vote': {
    how: "the example's redis, and a Sentinel that sees the loss before the others, is elected, and crashes; the primary is deleted by force",
    async prepare(place) {
      await place.deployRedis();
      const [first = ''] = sentinelPods;
      // Only a second crash within minutes has to wait before its container is started again: long enough for the others to vote.
      await redisCli(place, first, 'SHUTDOWN').catch(() => undefined);
      await place.until(`${first} is started again`, async () => {
        const pod = (await place.cluster.listPods(place.namespace, 'app=redis-sentinel', place.signal)).find(
          ({ metadata }) => metadata?.name === first,
        );
        return pod?.status?.containerStatuses?.every(({ restartCount, ready }) => restartCount === 1 && ready) ?? false;
      });
      await place.wholeRedis();
      for (const option of [
        ['quorum', '1'],
        ['down-after-milliseconds', '2000'],
      ]) {
        await redisCli(place, first, 'SENTINEL', 'SET', 'redis', ...option);
      }
      await redisCli(place, first, 'SENTINEL', 'SIMULATE-FAILURE', 'crash-after-election');
    },
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('10s', 'parameters: {force: true}')}`,
  },
  'no-quorum': {
    how: "the example's redis with quorum 3 of 3 Sentinels; its primary is deleted while a Sentinel is scaled away",
    async prepare(place) {
      await place.deployRedis();
      await onSentinels(place, 'quorum', '3');
    },
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('15s', '', '25s')}`,
    async meanwhile(place) {
      await place.patch('StatefulSet', 'redis-sentinel', { spec: { replicas: 2 } });
    },
  },
  'no-priority': {
    how: "the example's redis with replica-priority 0 on every instance; its primary is deleted",
    async prepare(place) {
      await place.deployRedis();
      for (const pod of redisPods) await redisCli(place, pod, 'CONFIG', 'SET', 'replica-priority', '0');
      // Sentinels read it every 10 s.
      await place.until('Sentinels know the priority', async () => {
        const replicas = await Promise.all(sentinelPods.map((pod) => redisCli(place, pod, 'SENTINEL', 'replicas', 'redis')));
        return replicas.every((answer) => (answer.match(/slave-priority\n0/g) ?? []).length === 2);
      });
    },
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('15s', '', '25s')}`,
  },
  'lost-writes': {
    how: "the example's redis with min-replicas-to-write 0; its primary is isolated from the others",
    async prepare(place) {
      await place.deployRedis();
      for (const pod of redisPods) await redisCli(place, pod, 'CONFIG', 'SET', 'min-replicas-to-write', '0');
    },
    spec: (namespace) =>
      `${redis(namespace)}\nsteps: [{experiment: {name: two-primaries, fault: redis-primary-isolation, target: {role: redis-primary}, duration: 20s, recoveryTimeout: 60s, hypothesis: [{type: redis-replication, when: after}]}}]`,
  },
  'few-replicas': {
    how: "the example's redis, of two replicas, with min-replicas-to-write 2; a replica is deleted",
    async prepare(place) {
      await place.deployRedis();
      for (const pod of redisPods) await redisCli(place, pod, 'CONFIG', 'SET', 'min-replicas-to-write', '2');
    },
    spec: (namespace) =>
      `${redis(namespace)}\nsteps: [{experiment: {name: lose-a-replica, fault: pod-delete, target: {role: redis-replica, count: 1}, duration: 5s, recoveryTimeout: 60s, hypothesis: [{type: redis-write-latency, tolerance: <= 1s}]}}]`,
  },
  'clients-gone': {
    how: "the example's redis with a pod of 12 subscribers that do not connect anew; its primary is deleted",
    async prepare(place) {
      await place.deployRedis();
      const command = [
        'bash',
        '-c',
        'for pod in redis-leader-0 redis-leader-1 redis-leader-2; do [ "$(redis-cli -h $pod ROLE | head -1)" = master ] && for i in {1..12}; do redis-cli -h $pod SUBSCRIBE news <&- & done; done; sleep infinity',
      ];
      await place.apply(workload('Deployment', images.redis, { command }, {}, 1));
      await place.until('the subscribers are there', async () => {
        const counts = await Promise.all(redisPods.map((pod) => redisCli(place, pod, 'PUBSUB', 'NUMSUB', 'news')));
        return counts.some((answer) => answer.endsWith('12'));
      });
    },
    spec: (namespace) => `${redis(namespace)}\n${electsWithin('30s')}`,
  },
  'crash-loop': {
    how: 'a Deployment whose container ends with code 3 whenever it finds what an earlier one left on the volume of its pod; one is killed',
    async prepare(place) {
      const command = [
        'sh',
        '-c',
        'if [ -e /data/lock ]; then echo "/data/lock is there" >&2; exit 3; fi; touch /data/lock; exec sleep infinity',
      ];
      const pod = { volumes: [{ name: 'data', emptyDir: {} }] };
      await place.apply(workload('Deployment', images.debian, { command, volumeMounts: [{ name: 'data', mountPath: '/data' }] }, pod));
      await place.ready('app=shop', 2);
    },
    spec: (namespace) =>
      `${shop(namespace, 'Deployment')}\n${podsReady}\nsteps: [{experiment: {name: kill-one, fault: container-kill, target: {count: 1}, duration: 3s, recoveryTimeout: 45s}}]`,
  },
  'image-pull': spoiltTemplate('with an image that no registry has', {
    containers: [{ name: 'main', image: 'registry.invalid/shop:2', imagePullPolicy: 'Always', command: sleeping }],
  }),
  unschedulable: spoiltTemplate('with a node selector that no node has', { nodeSelector: { disk: 'nvme' } }),
  'out-of-memory': {
    how: 'a Deployment with a memory limit of 64 MiB, whose container takes 100 MiB when it finds that it has run before; one is killed',
    async prepare(place) {
      const command = [
        'bash',
        '-c',
        'if [ -e /data/ran ]; then all=$(head -c 100M /dev/zero | tr "\\0" x); fi; touch /data/ran /tmp/ready; exec sleep infinity',
      ];
      const container = {
        command,
        resources: { limits: { memory: '64Mi' } },
        readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      };
      await place.apply(workload('Deployment', images.debian, container, { volumes: [{ name: 'data', emptyDir: {} }] }));
      await place.ready('app=shop', 2);
    },
    spec: (namespace) =>
      `${shop(namespace, 'Deployment')}\n${podsReady}\nsteps: [{experiment: {name: kill-one, fault: container-kill, target: {count: 1}, duration: 3s, recoveryTimeout: 20s}}]`,
  },
  'liveness-kill': {
    how: 'a StatefulSet with a liveness probe by TCP that waits 1 s, twice; its network is delayed by 1500 ms',
    async prepare(place) {
      const probe = { tcpSocket: { port: 8080 }, periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 2 };
      await place.apply(workload('StatefulSet', images.debian, { command: listening, livenessProbe: probe, readinessProbe: probe }));
      await place.ready('app=shop', 2);
    },
    spec: (namespace) =>
      `${shop(namespace)}\nhypothesis: [{type: pods-ready, when: continuous}]\nsteps: [{experiment: {name: slow-network, fault: pod-network-latency, target: {count: 1}, parameters: {latency: 1500ms}, duration: 20s}}]`,
  },
  'probe-flaps': {
    how: 'a StatefulSet with a readiness probe by TCP that waits 1 s, once; its network is delayed by 900 ms with a jitter of 400 ms',
    async prepare(place) {
      const probe = { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 };
      await place.apply(workload('StatefulSet', images.debian, { command: listening, readinessProbe: probe }));
      await place.ready('app=shop', 2);
    },
    spec: (namespace) =>
      `${shop(namespace)}\nhypothesis: [{type: pods-ready, when: continuous}]\nsteps: [{experiment: {name: slow-network, fault: pod-network-latency, target: {count: 1}, parameters: {latency: 900ms, jitter: 400ms}, duration: 25s}}]`,
  },
  'slow-readiness': {
    how: 'a StatefulSet whose readiness probe waits 25 s before it looks; a pod is deleted',
    async prepare(place) {
      const probe = { exec: { command: ['true'] }, initialDelaySeconds: 25, periodSeconds: 5 };
      await place.apply(workload('StatefulSet', images.debian, { command: sleeping, readinessProbe: probe }));
      await place.ready('app=shop', 2);
    },
    spec: (namespace) => `${shop(namespace)}\n${podsReady}\n${deletesOne('15s')}`,
  },
  'one-zone': {
    how: 'a StatefulSet without a readiness probe, all of whose pods a node selector puts into zone-a; a pod is deleted',
    async prepare(place) {
      await place.apply(
        workload('StatefulSet', images.debian, { command: sleeping }, { nodeSelector: { 'topology.kubernetes.io/zone': 'zone-a' } }),
      );
      await place.ready('app=shop', 2);
    },
    spec: (namespace) => `${shop(namespace)}\n${podsReady}\n${deletesOne('30s')}`,
  },
  'cpu-throttled': {
    how: 'a StatefulSet with a CPU limit of 50m, whose container has more to do; its network is delayed by 20 ms',
    async prepare(place) {
      const command = ['sh', '-c', 'while :; do :; done & exec sleep infinity'];
      const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 2, timeoutSeconds: 10 };
      await place.apply(workload('StatefulSet', images.debian, { command, readinessProbe, resources: { limits: { cpu: '50m' } } }));
      await place.ready('app=shop', 2);
    },
    spec: (namespace) =>
      `${shop(namespace)}\n${podsReady}\nsteps: [{experiment: {name: slower-network, fault: pod-network-latency, target: {count: 1}, parameters: {latency: 20ms}, duration: 20s}}]`,
  },
};
