import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../../../src/contracts/plan.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import type { ContainerAddress } from '../../../src/kubernetes/cluster.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';
import { coresUsed } from '../../support/measure.ts';

const mib = 2 ** 20;
const volumeBytes = 512 * mib;

describe('loads in a container on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: PodTarget;
  let main: ContainerAddress;
  /** shares a volume with the target's container, and nothing else */
  let beside: ContainerAddress;

  before(async () => {
    lab = await LabCluster.open('stress');
    target = await createTarget('target', {});
    main = { namespace: lab.space.name, pod: 'target', container: 'main' };
    beside = { ...main, container: 'beside' };
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  /** A redis with limits, and a container beside it. */
  async function createTarget(name: string, security: object): Promise<PodTarget> {
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const common = { image: lab.image, imagePullPolicy: 'IfNotPresent', volumeMounts };
    await lab.cluster.createObject<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: lab.space.name, labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'data', emptyDir: { medium: 'Memory', sizeLimit: `${volumeBytes}` } }],
        containers: [
          {
            ...common,
            name: 'main',
            command: ['redis-server', '--save', '', '--protected-mode', 'no'],
            resources: { limits: { memory: '1Gi' } },
            securityContext: security,
          },
          { ...common, name: 'beside', command: ['sleep', '3600'] },
        ],
      },
    });
    const ready = (pod: V1Pod | undefined) => pod?.status?.containerStatuses?.every((status) => status.ready) ?? false;
    await lab.space.awaitPod(name, 'ready', (pod) => pod?.status?.containerStatuses?.length === 2 && ready(pod));
    return lab.podTarget(name);
  }

  async function sh(container: ContainerAddress, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await lab.cluster.exec(container, ['bash', '-c', script], { timeoutMs: 20_000 });
    assert.equal(exitCode, 0, stderr);
    return stdout.trim();
  }

  /** anonymous memory of the container's cgroup, in MiB */
  async function memoryUsed(): Promise<number> {
    const text = await sh(
      main,
      `awk '/^(total_rss|anon) / {print $2; exit}' /sys/fs/cgroup/memory/memory.stat 2>/dev/null || awk '/^anon / {print $2}' /sys/fs/cgroup/memory.stat`,
    );
    return Math.round(Number(text) / mib);
  }

  /** how full the volume is, in percent, as the other container sees it: the most of some samples */
  async function volumeUsed(samples: number): Promise<number> {
    let most = 0;
    for (let i = 0; i < samples; i++) {
      const text = await sh(beside, `df --output=used,size -B1 /data | tail -1`);
      const [used = Number.NaN, size = Number.NaN] = text.split(/\s+/).map(Number);
      most = Math.max(most, (used / size) * 100);
    }
    return Math.round(most * 10) / 10;
  }

  it('burns CPU in the cgroup', async () => {
    await exerciseFault(lab.context, {
      fault: 'pod-cpu-hog',
      parameters: { cores: 1, load: '60%' },
      targets: [target],
      namespace: lab.space.name,
      measure: () => coresUsed(lab.cluster, main, 2),
      inEffect: (during, before) => during - before > 0.3,
      gone: (after, before) => after - before < 0.15,
      tell: (before, during, after) =>
        `CPU of the container's cgroup ${before.toFixed(2)} → ${during.toFixed(2)} → ${after.toFixed(2)} cores`,
    });
  });

  it("holds memory, a share of the container's limit", async () => {
    await exerciseFault(lab.context, {
      fault: 'pod-memory-hog',
      parameters: { memory: '50%', workers: 2 },
      targets: [target],
      namespace: lab.space.name,
      measure: memoryUsed,
      inEffect: (during, before) => during - before > 505 && during - before < 560,
      gone: (after, before) => after - before < 20,
      tell: (before, during, after) => `memory of the container's cgroup ${before} → ${during} → ${after} MiB`,
    });
  });

  it('tells of a memory worker that the kernel killed, and of how much was touched', async () => {
    const { verbs, draft } = drafted(lab.context, {
      fault: 'pod-memory-hog',
      parameters: { memory: '2Gi', ramp: '2s' },
      targets: [target],
      namespace: lab.space.name,
    });
    await verbs.prepare(lab.context, draft);
    const endsAt = Date.now() + 60_000;
    const fault = { ...draft, mechanism: 'memory-worker', endsAt, deadline: endsAt };
    await verbs.inject(lab.context, fault);
    for (const end = Date.now() + 30_000; ; await delay(500)) {
      const readBack = await verbs.verify(lab.context, fault);
      if (!readBack.ok && /the kernel killed the memory worker with .* of 2\.0 GiB touched/.test(readBack.perTarget[0]?.detail ?? ''))
        break;
      assert.ok(Date.now() < end, JSON.stringify(readBack));
    }
    const [status] = (await lab.cluster.readPod(lab.space.name, 'target'))?.status?.containerStatuses ?? [];
    assert.equal(status?.restartCount, 0, 'the worker is killed before the workload');
    assert.ok((await verbs.confirm(lab.context, fault)).ok);
  });

  it('keeps a volume busy with I/O', async () => {
    await exerciseFault(lab.context, {
      fault: 'pod-io-stress',
      parameters: { size: '100Mi', workers: 2, path: '/data' },
      targets: [target],
      namespace: lab.space.name,
      measure: async (phase) => ({ used: await volumeUsed(phase === 'during' ? 8 : 1), names: await sh(beside, 'ls -A /data') }),
      inEffect: ({ used, names }) => used > 5 && names === '',
      gone: ({ used }, before) => used - before.used < 1,
      tell: (before, during, after) =>
        `volume used ${before.used} → up to ${during.used} → ${after.used} % while files without names are written anew again and again`,
    });
  });

  it('fills a volume, as another container of the pod sees', async () => {
    await exerciseFault(lab.context, {
      fault: 'disk-fill',
      parameters: { fill: '60%', leave: '64Mi', path: '/data' },
      targets: [target],
      namespace: lab.space.name,
      measure: () => volumeUsed(1),
      inEffect: (during) => during > 59 && during < 61,
      gone: (after, before) => after - before < 1,
      tell: (before, during, after) => `volume used ${before} → ${during} → ${after} %, as another container sees it`,
    });
  });

  it('refuses what cannot be done, in words, and touches nothing', async () => {
    const strict = await createTarget('strict', { readOnlyRootFilesystem: true });
    for (const [fault, parameters, expected] of [
      ['disk-fill', { fill: '10Mi', path: '/var' }, /\/var.*read-only.*writable here are .*\/data/],
      ['disk-fill', { fill: '80%', path: '/data' }, /256\.0 MiB have to stay free/],
      ['disk-fill', { fill: '10%', of: 'ephemeral-limit' }, /no limit of ephemeral-storage/],
      ['pod-io-stress', { size: '1Gi', path: '/data' }, /have to stay free/],
    ] as const) {
      const { verbs, draft } = drafted(lab.context, { fault, parameters, targets: [strict], namespace: lab.space.name });
      await assert.rejects(
        verbs.prepare(lab.context, draft),
        (error: Error) => error instanceof RefusedError && expected.test(error.message),
      );
    }
    const { verbs, draft } = drafted(lab.context, { fault: 'pod-cpu-hog', targets: [strict], namespace: lab.space.name });
    assert.equal((await verbs.prepare(lab.context, draft)).mechanism, 'cpu-workers', 'CPU needs no file system');
  });
});
