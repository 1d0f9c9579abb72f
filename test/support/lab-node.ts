import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { NodeTarget } from '../../src/contracts/plan.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { zoneLabel } from '../../src/kubernetes/nodes.ts';
import type { LabCluster } from './lab-cluster.ts';

/** The lab's nodes as targets, by name. */
export async function labNodes({ cluster }: LabCluster): Promise<NodeTarget[]> {
  const nodes = await cluster.listNodes();
  assert.ok(nodes.length > 1, 'the lab has one node alone');
  return nodes
    .map(({ metadata, status }): NodeTarget => {
      const ip = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
      assert.ok(metadata?.name && metadata.uid && ip);
      return { kind: 'node', node: metadata.name, uid: metadata.uid, ip, zone: metadata.labels?.[zoneLabel] ?? null };
    })
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** The last of them, so that the same one is always disturbed, and never the one through which Services are reached. */
export async function lastNode(lab: LabCluster): Promise<NodeTarget> {
  const node = (await labNodes(lab)).at(-1);
  assert.ok(node);
  return node;
}

/** Every node Ready, and none tainted for not having been: what others on the lab count on. */
export async function awaitNodesReady({ cluster }: LabCluster, timeoutMs = 90_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const nodes = await cluster.listNodes();
    const waiting = nodes.filter((node) => !isReady(node) || (node.spec?.taints ?? []).length > 0);
    if (waiting.length === 0) return;
    const names = waiting.map(({ metadata, spec }) => `${metadata?.name} ${JSON.stringify(spec?.taints ?? [])}`);
    assert.ok(Date.now() < end, `not Ready, or tainted, after ${timeoutMs} ms: ${names.join(', ')}`);
    await delay(500);
  }
}

/** A pod on a certain node, from the redis image, once it is ready. */
export async function podOnNode(
  lab: LabCluster,
  name: string,
  node: string,
  command: string[],
  more: Partial<V1Pod['spec']> = {},
): Promise<V1Pod> {
  const privileged = more.hostPID === true;
  await lab.cluster.createObject<V1Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: lab.space.name },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      ...more,
      containers: [
        {
          name: 'main',
          image: lab.image,
          imagePullPolicy: 'IfNotPresent',
          command,
          ...(privileged && { securityContext: { privileged } }),
        },
      ],
    },
  });
  const pod = await lab.space.awaitPod(name, 'ready', (found) => found !== undefined && isReady(found));
  assert.ok(pod);
  return pod;
}
