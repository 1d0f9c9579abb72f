import assert from 'node:assert/strict';
import type { V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../../../src/contracts/plan.ts';
import { askAgent } from '../../../src/faults/carrier/agent-session.ts';
import { carrierSecurity } from '../../../src/faults/carrier/carrier-security.ts';
import { type FaultContext, RefusedError } from '../../../src/faults/verbs.ts';
import { connectCluster } from '../../../src/kubernetes/connect-cluster.ts';
import { drafted, type Exercise, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

interface Restarts {
  count: number;
  ready: boolean;
  exitCode: number | undefined;
}

describe('faults of processes on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: PodTarget;

  before(async () => {
    lab = await LabCluster.open('processes');
    const redis = ['redis-server', '--save', '', '--protected-mode', 'no'];
    await Promise.all([
      lab.space.createPod('target', redis, { image: lab.image }),
      lab.space.createPod('peer', ['sleep', '3600'], { image: lab.image }),
    ]);
    target = await lab.podTarget('target');
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  /** What redis answers another pod within a second. */
  async function ping(): Promise<string> {
    const address = { namespace: lab.space.name, pod: 'peer', container: 'main' };
    const script = `exec 3<>/dev/tcp/${target.ip}/6379 && printf 'PING\\r\\n' >&3 && read -r -t 1 answer <&3; echo "\${answer%$'\\r'}"`;
    const { stdout } = await lab.cluster.exec(address, ['bash', '-c', script], { timeoutMs: 10_000 });
    return stdout.trim();
  }

  async function restarts(): Promise<Restarts> {
    const [status] = (await lab.cluster.readPod(lab.space.name, 'target'))?.status?.containerStatuses ?? [];
    return {
      count: status?.restartCount ?? Number.NaN,
      ready: status?.ready ?? false,
      exitCode: status?.lastState?.terminated?.exitCode,
    };
  }

  const pause = (): Exercise<string> => ({
    fault: 'process-pause',
    targets: [target],
    namespace: lab.space.name,
    measure: ping,
    inEffect: (during, before) => before === '+PONG' && during === '',
    gone: (after) => after === '+PONG',
  });

  it('pauses a redis: it accepts and does not answer, and then does', async () => {
    await exerciseFault(lab.context, {
      ...pause(),
      tell: (before, during, after) => `PING from another pod: ${before} → ${during || 'no answer within 1 s'} → ${after}`,
    });
    assert.equal((await restarts()).count, 0);
  });

  describe('a worker that comes while the target is traced', () => {
    /** Of a worker that has just been started: it remembers no carrier. */
    async function asNewWorker<T>(name: string, act: (context: FaultContext) => Promise<T>): Promise<T> {
      await using cluster = connectCluster({ name, kubeconfig: lab.kubeconfig });
      return act({ ...lab.context, cluster });
    }

    it('is not told that it cannot be, where a fault of the same carrier does it', async () => {
      await exerciseFault(lab.context, {
        ...pause(),
        whileItHolds: () =>
          asNewWorker('comes-meanwhile', async (context) => {
            const { verbs, draft } = drafted(context, { fault: 'process-pause', targets: [target], namespace: lab.space.name });
            await verbs.prepare(context, draft);
          }),
      });
    });

    it('is told who does it, and asks again once that is over', async () => {
      const { namespace, pod, uid } = target;
      const address = { namespace, pod, uid, container: 'a-debugger' };
      const now = await lab.cluster.readPod(namespace, pod);
      assert.ok(now);
      await lab.cluster.addEphemeralContainer(namespace, pod, {
        name: address.container,
        image: lab.context.agentImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['/squall-agent', 'serve'],
        targetContainerName: target.container,
        securityContext: carrierSecurity('trace', now, target),
      });
      await lab.space.awaitPod(pod, 'debugged', (state) =>
        Boolean(state?.status?.ephemeralContainerStatuses?.find(({ name }) => name === address.container)?.state?.running),
      );
      const ask = (request: Record<string, unknown>) => askAgent(lab.cluster, address, { id: 'debugging', ...request }, lab.context.signal);
      await asNewWorker('comes-later', async (context) => {
        const { verbs, draft } = drafted(context, { fault: 'process-pause', targets: [target], namespace });
        await ask({ op: 'start', kind: 'process-pause', ttlMs: 60_000, endsBy: Date.now() + 60_000 });
        try {
          await assert.rejects(
            verbs.prepare(context, draft),
            /process 1 \(redis-server\) is traced already, by process \d+ \(squall-agent\)/,
          );
        } finally {
          await ask({ op: 'stop' });
        }
        await verbs.prepare(context, draft);
      });
    });
  });

  for (const [signal, exitCode] of [
    ['SIGKILL', 137],
    ['SIGTERM', 0],
  ] as const) {
    it(`ends a container by ${signal}, once`, async () => {
      await exerciseFault<Restarts>(lab.context, {
        fault: 'container-kill',
        parameters: { signal },
        targets: [target],
        namespace: lab.space.name,
        measure: restarts,
        inEffect: (during, before) => during.count === before.count + 1 && during.exitCode === exitCode,
        gone: (after, before) => after.count === before.count + 1 && after.ready,
        ...(signal === 'SIGKILL'
          ? { tell: (before, during) => `restarts ${before.count} → ${during.count}, exit code ${during.exitCode}` }
          : {}),
        timeoutMs: 60_000,
      });
      assert.equal(await ping(), '+PONG');
    });
  }

  it('is over when the kubelet restarts what does not answer, and can be put back', async () => {
    await lab.cluster.createObject<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'watched', namespace: lab.space.name },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: lab.image,
            imagePullPolicy: 'IfNotPresent',
            command: ['redis-server', '--save', '', '--protected-mode', 'no'],
            livenessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2 },
          },
        ],
      },
    });
    const restarted = (count: number) => (pod: V1Pod | undefined) => {
      const [status] = pod?.status?.containerStatuses ?? [];
      return status?.restartCount === count && status.state?.running !== undefined;
    };
    await lab.space.awaitPod('watched', 'running', restarted(0));
    const watched = await lab.podTarget('watched');
    const { verbs, draft } = drafted(lab.context, { fault: 'process-pause', targets: [watched], namespace: lab.space.name });
    const { mechanism, warnings } = await verbs.prepare(lab.context, draft);
    assert.match(warnings?.[0] ?? '', /liveness probe .* after about 2 s without an answer/);
    const endsAt = Date.now() + 120_000;
    const fault = { ...draft, mechanism, endsAt, deadline: endsAt + 5_000 };
    try {
      await verbs.inject(lab.context, fault);
      await lab.space.awaitPod('watched', 'restarted', restarted(1));
      const lost = await verbs.verify(lab.context, fault);
      assert.equal(lost.ok, false);
      assert.match(lost.perTarget[0]?.detail ?? '', /container main has restarted 1 times, and ended last at .* exit code 137/);
      await verbs.inject(lab.context, fault);
      const again = await verbs.verify(lab.context, fault);
      assert.ok(again.ok, JSON.stringify(again.perTarget));
    } finally {
      await verbs.revert(lab.context, fault);
    }
    const confirmed = await verbs.confirm(lab.context, fault);
    assert.ok(confirmed.ok, JSON.stringify(confirmed.perTarget));
  });

  it('refuses a signal that would not be heard, and a container nothing would bring back', async () => {
    const pod = (name: string, command: string[], restartPolicy: string): V1Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: lab.space.name },
      spec: {
        restartPolicy,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command }],
      },
    });
    for (const [name, restartPolicy, expected] of [
      ['never', 'Never', /restartPolicy Never/],
      ['deaf', 'Always', /sleep \(1\) has no handler for SIGTERM/],
    ] as const) {
      await lab.cluster.createObject(pod(name, ['sleep', '3600'], restartPolicy));
      await lab.space.awaitPod(name, 'running', (now) => now?.status?.phase === 'Running');
      const { verbs, draft } = drafted(lab.context, {
        fault: 'container-kill',
        parameters: { signal: 'SIGTERM' },
        targets: [await lab.podTarget(name)],
        namespace: lab.space.name,
      });
      await assert.rejects(
        verbs.prepare(lab.context, draft),
        (error: Error) => error instanceof RefusedError && expected.test(error.message),
      );
    }
  });

  it('is refused by a restricted namespace in the words of its admission', async () => {
    await lab.space.core.patchNamespace({
      name: lab.space.name,
      body: [{ op: 'add', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'baseline' }],
    });
    try {
      await lab.cluster.createObject<V1Pod>({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'modest', namespace: lab.space.name },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
        },
      });
      await lab.space.awaitPod('modest', 'running', (now) => now?.status?.phase === 'Running');
      const modest = await lab.podTarget('modest');
      const { verbs, draft } = drafted(lab.context, { fault: 'process-pause', targets: [modest], namespace: lab.space.name });
      await assert.rejects(
        verbs.prepare(lab.context, draft),
        (error: Error) => error instanceof RefusedError && /violates PodSecurity "baseline.*SYS_PTRACE/.test(error.message),
      );
      const now = await lab.cluster.readPod(lab.space.name, 'modest');
      assert.equal(now?.spec?.ephemeralContainers, undefined, 'nothing was touched');
    } finally {
      await lab.space.core.patchNamespace({
        name: lab.space.name,
        body: [{ op: 'remove', path: '/metadata/labels/pod-security.kubernetes.io~1enforce' }],
      });
    }
  });
});
