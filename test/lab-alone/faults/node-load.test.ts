import assert from 'node:assert/strict';
import type { NodeTarget } from '../../../src/contracts/plan.ts';
import { carrierPlace } from '../../../src/faults/node/carrier-pod.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { until } from '../../support/eventually.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';
import { lastNode, podOnNode } from '../../support/lab-node.ts';

/** What the kernel has of processes that put a load on the node, in all. */
interface Use {
  cores: number;
  residentMiB: number;
  writtenMiB: number;
}

// CPU time over a second; resident and written as they are then.
const useScript = `
loads() { for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^/[a-z/-]* stress ' && echo $p; done; }
ticks() { for p in $(loads); do cat $p/stat; done 2>/dev/null | awk '{ sum += $14 + $15 } END { print sum + 0 }'; }
one=$(ticks); sleep 1; two=$(ticks)
resident=$(for p in $(loads); do grep VmRSS: $p/status; done 2>/dev/null | awk '{ sum += $2 } END { print sum + 0 }')
written=$(for p in $(loads); do grep ^write_bytes: $p/io; done 2>/dev/null | awk '{ sum += $2 } END { print sum + 0 }')
echo "$one $two $resident $written"`;

describe('loads on a node of the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: NodeTarget;

  before(async () => {
    lab = await LabCluster.open('nodeload');
    target = await lastNode(lab);
    await podOnNode(lab, 'witness', target.node, ['sleep', '3600'], { hostPID: true });
  });
  after(() => lab?.[Symbol.asyncDispose]());

  /** By a pod that sees the node's processes. */
  async function use(): Promise<Use> {
    const witness = { namespace: lab.space.name, pod: 'witness', container: 'main' };
    const { stdout, stderr } = await lab.cluster.exec(witness, ['bash', '-c', useScript], { timeoutMs: 15_000 });
    const [one, two, kib, bytes] = stdout.trim().split(' ').map(Number);
    assert.ok(one !== undefined && two !== undefined && kib !== undefined && bytes !== undefined, `witness: ${stdout} ${stderr}`);
    return { cores: (two - one) / 100, residentMiB: Math.round(kib / 1024), writtenMiB: Math.round(bytes / 2 ** 20) };
  }

  const cases: { fault: string; parameters: Record<string, unknown>; shows(now: Use): boolean; tell(now: Use): string }[] = [
    {
      fault: 'node-cpu-hog',
      parameters: { cores: 1, load: '50%' },
      // What is left of two cores, when other pods have requests.
      shows: ({ cores }) => cores > 0.2 && cores < 0.7,
      tell: ({ cores }) => `${cores.toFixed(2)} cores`,
    },
    {
      fault: 'node-memory-hog',
      parameters: { memory: '64Mi' },
      shows: ({ residentMiB }) => residentMiB >= 64 && residentMiB < 200,
      tell: ({ residentMiB }) => `${residentMiB} MiB resident`,
    },
    {
      fault: 'node-io-stress',
      parameters: { size: '16Mi', workers: 2 },
      shows: ({ writtenMiB }) => writtenMiB > 16,
      tell: ({ writtenMiB }) => `${writtenMiB} MiB written`,
    },
  ];
  for (const { fault, parameters, shows, tell } of cases) {
    it(`${fault}: is seen on the node, and is not afterwards`, async () => {
      const { fault: done } = await exerciseFault<Use>(lab.context, {
        fault,
        parameters,
        targets: [target],
        namespace: lab.space.name,
        measure: use,
        inEffect: shows,
        gone: (after) => after.cores === 0 && after.residentMiB === 0 && after.writtenMiB === 0,
        tell: (before, during, after) =>
          `on the node, of squall's: ${tell(before)} before, ${tell(during)} while it held, ${tell(after)} afterwards`,
        async whileItHolds(instance) {
          const { name } = carrierPlace(instance, target, 'load');
          const pod = await lab.cluster.readPod(lab.space.name, name);
          assert.equal(pod?.spec?.nodeName, target.node);
          const [container] = pod?.spec?.containers ?? [];
          assert.deepEqual(container?.securityContext?.capabilities?.drop, ['ALL']);
          assert.equal(container?.securityContext?.capabilities?.add, undefined);
          assert.equal(container?.securityContext?.runAsNonRoot, true);
          assert.ok((pod?.spec?.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) <= 100);
        },
      });
      assert.equal(await lab.cluster.readPod(lab.space.name, carrierPlace(done, target, 'load').name), undefined);
    });
  }

  it('ends with its pod, whoever deletes that, and says so', async () => {
    const place = { fault: 'node-cpu-hog', parameters: { load: '10%' }, targets: [target], namespace: lab.space.name };
    const { verbs, draft } = drafted(lab.context, place);
    const { mechanism } = await verbs.prepare(lab.context, draft);
    const fault = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    await verbs.inject(lab.context, fault);
    const { name } = carrierPlace(fault, target, 'load');
    const pod = await lab.cluster.readPod(lab.space.name, name);
    await lab.cluster.deletePod({ namespace: lab.space.name, name, uid: pod?.metadata?.uid ?? '' }, undefined);
    await lab.space.awaitPod(name, 'gone', (found) => found === undefined);
    const { ok, perTarget } = await verbs.verify(lab.context, fault);
    assert.equal(ok, false);
    assert.match(perTarget[0]?.detail ?? '', /is not there/);
    await verbs.revert(lab.context, fault);
    assert.ok((await verbs.confirm(lab.context, fault)).ok);
    assert.equal((await use()).cores, 0);
  });

  /** A quota is worked out by a controller, and noticed by what admits pods, some time after it was made. */
  async function isFull(): Promise<boolean> {
    const body = { metadata: { name: 'one-more' }, spec: { containers: [{ name: 'main', image: lab.image }] } };
    const created = lab.space.core.createNamespacedPod({ namespace: lab.space.name, dryRun: 'All', body });
    return created.then(
      () => false,
      (error: unknown) => /exceeded quota/.test(String(error)),
    );
  }

  it('is refused, with nothing left, for more memory than the node can spare, and where the namespace takes no such pod', async () => {
    const refusal = async (fault: string, parameters: Record<string, unknown>, namespace: string, expected: RegExp) => {
      const { verbs, draft } = drafted(lab.context, { fault, parameters, targets: [target], namespace });
      await assert.rejects(verbs.prepare(lab.context, draft), (error) => error instanceof RefusedError && expected.test(error.message));
      assert.equal(await lab.cluster.readPod(namespace, carrierPlace(draft, target, 'load', true).name), undefined);
    };
    await refusal('node-memory-hog', { memory: '100%' }, lab.space.name, /of the .* the node has available/);
    await lab.space.core.createNamespacedResourceQuota({
      namespace: lab.space.name,
      body: { metadata: { name: 'full' }, spec: { hard: { pods: '1' } } },
    });
    try {
      await until(isFull);
      await refusal('node-cpu-hog', {}, lab.space.name, /not let onto node .* exceeded quota/);
    } finally {
      await lab.space.core.deleteNamespacedResourceQuota({ namespace: lab.space.name, name: 'full' });
    }
  });
});
