import assert from 'node:assert/strict';
import type { V1Deployment, V1NetworkPolicy } from '@kubernetes/client-node';
import { ownCheckout } from '../../lab/paths.ts';
import { labInUse } from '../../lab/share.ts';
import { until } from '../../lab/wait.ts';
import { Checker, type CheckerOptions } from '../../soak/checker/checker.ts';
import { readProcesses } from '../../soak/checker/processes.ts';
import type { SightingKind } from '../../soak/checker/sighting.ts';
import { LabParts } from '../../soak/kill/lab-parts.ts';
import { deployment, settings } from '../../soak/workloads.ts';
import type { ObjectTarget, PodTarget, Target } from '../../src/contracts/plan.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { exerciseFault } from '../support/exercise-fault.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { lastNode } from '../support/lab-node.ts';

const debian = 'docker.io/library/debian:bookworm-slim';
const idle = ['bash', '-c', 'trap exit TERM; sleep infinity & wait'];

/** The soak is worth as much as its checker: each kind of fault is put in, and it has to see it, and to see it gone. */
describe('the checker of the soak', function () {
  this.timeout(240_000);
  let lab: LabCluster;
  let options: CheckerOptions;
  let checker: Checker;
  const stopped = new Set<number>();

  before(async () => {
    lab = await LabCluster.open('checker');
    const namespace = lab.space.name;
    const { lab: its, config } = await labInUse(ownCheckout);
    const parts = new LabParts(its, config);
    const nodes = await parts.nodes();
    const names = nodes.map(({ name }) => name);
    const app = deployment(namespace, { nodes: names, image: debian, command: idle, limits: { cpu: '200m', memory: '128Mi' } });
    const server = ['redis-server', '--save', '', '--protected-mode', 'no', '--maxmemory', '64mb'];
    const redis = deployment(namespace, { name: 'redis', nodes: names, image: lab.image, command: server, replicas: 1 });
    for (const object of [app, redis, settings(namespace)]) await lab.cluster.createObject(object as V1Deployment);
    await until('pods: ready', 60_000, async () => ((await ready('app=app')) === 2 && (await ready('app=redis')) === 1 ? true : undefined));
    options = { api: parts.api, namespaces: [namespace], redisApp: 'redis', nodes, stopped: () => stopped };
    checker = await Checker.open(options);
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function ready(selector: string): Promise<number> {
    const pods = await lab.cluster.listPods(lab.space.name, selector);
    return pods.filter(isReady).length;
  }

  async function pod(selector = 'app=app'): Promise<PodTarget> {
    const [first] = await lab.cluster.listPods(lab.space.name, selector);
    return lab.podTarget(first?.metadata?.name ?? '', 'main');
  }

  const object = (apiVersion: string, objectKind: string, name: string): ObjectTarget => ({
    kind: 'object',
    apiVersion,
    objectKind,
    namespace: lab.space.name,
    name,
    uid: null,
  });

  /** Kinds of what it sees. Fails when it could not look at everything. */
  async function kinds(): Promise<SightingKind[]> {
    const { sightings, blind } = await checker.look();
    assert.deepEqual(blind, []);
    return [...new Set(sightings.map(({ kind }) => kind))].sort();
  }

  const faults: { fault: string; parameters: Record<string, unknown>; target: () => Promise<Target>; sees: SightingKind[] }[] = [
    { fault: 'pod-network-latency', parameters: { latency: '100ms' }, target: () => pod(), sees: ['rules', 'queue'] },
    { fault: 'pod-network-partition', parameters: { mechanism: 'in-pod' }, target: () => pod(), sees: ['rules'] },
    { fault: 'pod-network-rate-limit', parameters: { bandwidth: '1mbit' }, target: () => pod(), sees: ['rules', 'qdisc'] },
    { fault: 'pod-dns-error', parameters: { answer: 'nxdomain' }, target: () => pod(), sees: ['rules'] },
    { fault: 'pod-http-latency', parameters: { port: 6379, latency: '100ms' }, target: () => pod('app=redis'), sees: ['rules'] },
    { fault: 'pod-cpu-hog', parameters: { cores: 1 }, target: () => pod(), sees: ['process'] },
    { fault: 'pod-memory-hog', parameters: { memory: '32Mi' }, target: () => pod(), sees: ['process'] },
    { fault: 'process-pause', parameters: { processes: 'main' }, target: () => pod(), sees: ['stopped'] },
    {
      fault: 'workload-scale',
      parameters: { replicas: 1 },
      target: async () => object('apps/v1', 'Deployment', 'app'),
      sees: ['object', 'mark'],
    },
    {
      fault: 'object-delete',
      parameters: { kind: 'ConfigMap', names: ['settings'] },
      target: async () => object('v1', 'ConfigMap', 'settings'),
      sees: ['object', 'mark'],
    },
    { fault: 'node-cordon', parameters: {}, target: () => lastNode(lab), sees: ['cordon', 'mark'] },
    { fault: 'node-taint', parameters: { taints: ['soak=on:NoSchedule'] }, target: () => lastNode(lab), sees: ['taint', 'mark'] },
    { fault: 'redis-pause', parameters: { commands: 'write' }, target: () => pod('app=redis'), sees: ['redis'] },
    { fault: 'redis-memory-pressure', parameters: { bytes: '1Mi' }, target: () => pod('app=redis'), sees: ['redis'] },
  ];
  for (const { fault, parameters, target, sees } of faults) {
    it(`sees ${fault}: ${sees.join(' and ')}`, async () => {
      await exerciseFault(lab.context, {
        fault,
        parameters,
        targets: [await target()],
        namespace: lab.space.name,
        measure: kinds,
        inEffect: (during, before) => before.length === 0 && sees.every((kind) => during.includes(kind)),
        gone: (after) => after.length === 0,
        timeoutMs: 40_000,
      });
    });
  }

  it('sees a process that was stopped, and looks past one that was stopped on purpose', async () => {
    const { uid } = await pod();
    const { pid } =
      readProcesses(() => false).find(({ podUid, ownPid, command }) => podUid === uid && ownPid === 1 && command === 'bash') ?? {};
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    try {
      await until('stopped: seen', 30_000, async () => ((await kinds()).includes('stopped') ? true : undefined));
      stopped.add(pid);
      assert.deepEqual(await kinds(), []);
    } finally {
      process.kill(pid, 'SIGCONT');
      stopped.clear();
    }
    await until('stopped: gone', 30_000, async () => ((await kinds()).length === 0 ? true : undefined));
  });

  it("sees a change of a redis's configuration", async () => {
    const address = { namespace: lab.space.name, pod: (await pod('app=redis')).pod, container: 'main' };
    const set = (value: string) => lab.cluster.exec(address, ['redis-cli', 'config', 'set', 'maxmemory', value], { timeoutMs: 10_000 });
    await set('32mb');
    assert.deepEqual(await kinds(), ['redis']);
    await set('64mb');
    assert.deepEqual(await kinds(), []);
  });

  it('sees a policy and a pod that somebody left behind, and will not begin beside them', async () => {
    const policy: V1NetworkPolicy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'left', namespace: lab.space.name, labels: { 'squall.dev/fault': 'f' } },
      spec: { podSelector: {} },
    };
    const { metadata } = await lab.cluster.createObject(policy);
    assert.deepEqual(await kinds(), ['mark', 'object']);
    await assert.rejects(Checker.open(options), /found before any fault: .*NetworkPolicy/);
    await lab.cluster.deleteObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      namespace: lab.space.name,
      name: 'left',
      uid: metadata?.uid ?? '',
    });
    assert.deepEqual(await kinds(), []);
  });

  it('says what it could not look at', async () => {
    const deaf = { ...options, api: { ...options.api, url: 'https://127.0.0.1:1' } };
    await assert.rejects(Checker.open(deaf), /ECONNREFUSED/);
  });
});
