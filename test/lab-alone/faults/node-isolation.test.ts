import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeTarget } from '../../../src/contracts/plan.ts';
import { carrierPlace } from '../../../src/faults/node/carrier-pod.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';
import { awaitNodesReady, labNodes, lastNode, podOnNode } from '../../support/lab-node.ts';

/** Who gets to the node. */
interface Reach {
  /** another node's pod to a pod there */
  pod: boolean;
  /** the API server to the kubelet there */
  kubelet: boolean;
}

describe('a node of the lab, cut off or without its kubelet', function () {
  this.timeout(300_000);
  let lab: LabCluster;
  let target: NodeTarget;
  let address = '';

  before(async () => {
    lab = await LabCluster.open('nodecut');
    await awaitNodesReady(lab);
    target = await lastNode(lab);
    const [peer] = await labNodes(lab);
    const { status } = await podOnNode(lab, 'there', target.node, ['redis-server', '--save', '', '--protected-mode', 'no']);
    address = status?.podIP ?? '';
    await podOnNode(lab, 'peer', peer?.node ?? '', ['sleep', '3600']);
  });
  afterEach(() => awaitNodesReady(lab));
  after(() => lab?.[Symbol.asyncDispose]());

  async function succeeds(pod: string, argv: string[]): Promise<boolean> {
    try {
      const result = await lab.cluster.exec({ namespace: lab.space.name, pod, container: 'main' }, argv, { timeoutMs: 3_000 });
      return result.exitCode === 0;
    } catch {
      return false;
    }
  }

  async function reach(): Promise<Reach> {
    const [pod, kubelet] = await Promise.all([
      succeeds('peer', ['timeout', '2', 'redis-cli', '-h', address, 'ping']),
      succeeds('there', ['true']),
    ]);
    return { pod, kubelet };
  }

  const told = ({ pod, kubelet }: Reach) => `its pod ${pod ? 'answers' : 'does not'}, its kubelet ${kubelet ? 'answers' : 'does not'}`;

  const cases: { fault: string; parameters?: Record<string, unknown>; during: Reach }[] = [
    { fault: 'node-isolate', parameters: { scope: 'control-plane' }, during: { pod: true, kubelet: false } },
    { fault: 'node-isolate', parameters: { scope: 'everything' }, during: { pod: false, kubelet: false } },
    { fault: 'zone-outage', parameters: {}, during: { pod: false, kubelet: false } },
    { fault: 'kubelet-service-kill', parameters: {}, during: { pod: true, kubelet: false } },
  ];
  for (const { fault, parameters, during: expected } of cases) {
    const scope = typeof parameters?.scope === 'string' ? ` (${parameters.scope})` : '';
    it(`${fault}${scope}: ${told(expected)} while it holds`, async () => {
      const { fault: done } = await exerciseFault<Reach>(lab.context, {
        fault,
        ...(parameters === undefined ? {} : { parameters }),
        targets: [target],
        namespace: lab.space.name,
        durationMs: 45_000,
        measure: reach,
        inEffect: ({ pod, kubelet }) => pod === expected.pod && kubelet === expected.kubelet,
        gone: ({ pod, kubelet }) => pod && kubelet,
        tell: (before, during, after) =>
          `from outside the node: ${told(before)}; while it held, ${told(during)}; afterwards, ${told(after)}`,
      });
      const kind = fault === 'kubelet-service-kill' ? 'kubelet' : 'network';
      assert.equal(await lab.cluster.readPod(lab.space.name, carrierPlace(done, target, kind).name), undefined);
    });
  }

  for (const fault of ['node-isolate', 'kubelet-service-kill']) {
    it(`${fault}: ends by itself at its deadline when nobody is there to end it`, async () => {
      const { verbs, draft } = drafted(lab.context, { fault, targets: [target], namespace: lab.space.name, parameters: {} });
      const { mechanism } = await verbs.prepare(lab.context, draft);
      const instance = { ...draft, mechanism, endsAt: Date.now() + 12_000, deadline: Date.now() + 14_000 };
      try {
        await verbs.inject(lab.context, instance);
        assert.equal((await reach()).kubelet, false);
        await delay(Math.max(0, instance.deadline - Date.now()));
        const end = Date.now() + 60_000;
        while (!(await reach()).kubelet) assert.ok(Date.now() < end, 'not reached 60 s after the deadline');
      } finally {
        const { revertedBy, perTarget } = await verbs.revert(lab.context, instance);
        assert.equal(revertedBy, 'carrier', JSON.stringify(perTarget));
        const late = (perTarget[0]?.at ?? 0) - instance.deadline;
        assert.ok(late > -2_000 && late < 20_000, `ended ${late} ms after the deadline`);
      }
    });
  }

  it('zone-outage is refused of every zone, and of a part of one', async () => {
    const refusal = async (targets: NodeTarget[], expected: RegExp) => {
      const { verbs, draft } = drafted(lab.context, { fault: 'zone-outage', targets, namespace: lab.space.name, parameters: {} });
      await assert.rejects(verbs.prepare(lab.context, draft), (error) => error instanceof RefusedError && expected.test(error.message));
    };
    const all = await labNodes(lab);
    await refusal(all, /no Ready and schedulable node would be left/);
    await refusal([{ ...target, zone: all[0]?.zone ?? '' }], /whole zones/);
    await refusal([{ ...target, zone: null }], /of no zone/);
  });

  // The act itself would be one on the machine the lab is on: it is tested as far as its refusal.
  it('node-restart is refused of a node that is a part of a machine, by the agent there', async () => {
    const { verbs, draft } = drafted(lab.context, { fault: 'node-restart', targets: [target], namespace: lab.space.name });
    await assert.rejects(
      verbs.prepare(lab.context, draft),
      (error) => error instanceof RefusedError && /process 1 here is ".*", expected systemd/.test(error.message),
    );
    assert.equal(await lab.cluster.readPod(lab.space.name, carrierPlace(draft, target, 'kubelet', true).name), undefined);
  });

  it('a node whose owner keeps chaos off it is left alone', async () => {
    const reference = { apiVersion: 'v1', kind: 'Node', name: target.node };
    await lab.cluster.patchObject(reference, { metadata: { annotations: { 'squall.dev/chaos': 'disabled' } } });
    try {
      for (const fault of ['node-isolate', 'kubelet-service-kill', 'zone-outage', 'node-restart', 'node-cpu-hog']) {
        const { verbs, draft } = drafted(lab.context, { fault, targets: [target], namespace: lab.space.name, parameters: {} });
        await assert.rejects(verbs.prepare(lab.context, draft), (error) => error instanceof RefusedError && /disabled/.test(error.message));
      }
    } finally {
      await lab.cluster.patchObject(reference, { metadata: { annotations: { 'squall.dev/chaos': null } } });
    }
  });
});
