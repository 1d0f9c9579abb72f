import assert from 'node:assert/strict';
import { readLabState } from '../../lab/state.ts';
import type { PodTarget } from '../../src/contracts/plan.ts';
import type { FaultContext } from '../../src/faults/verbs.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { TestNamespace } from './test-namespace.ts';

/** The lab's cluster with a namespace of a suite's own, and what a fault's verbs are given there. */
export class LabCluster implements AsyncDisposable {
  readonly cluster: Cluster & AsyncDisposable;
  readonly space: TestNamespace;
  readonly context: FaultContext;
  readonly kubeconfig: string;
  /** the lab's redis image, a Debian with bash */
  readonly image: string;

  private constructor(
    cluster: Cluster & AsyncDisposable,
    space: TestNamespace,
    context: FaultContext,
    lab: { kubeconfig: string; image: string },
  ) {
    this.cluster = cluster;
    this.space = space;
    this.context = context;
    this.kubeconfig = lab.kubeconfig;
    this.image = lab.image;
  }

  /** @throws AssertionError when the lab is not up */
  static async open(prefix: string): Promise<LabCluster> {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    const cluster = connectCluster({ name: 'lab', kubeconfig: lab.kubeconfig });
    const space = await TestNamespace.create(lab.kubeconfig, prefix);
    const context: FaultContext = { cluster, agentImage: lab.images.agent, reach: 'auto', signal: new AbortController().signal };
    return new LabCluster(cluster, space, context, { kubeconfig: lab.kubeconfig, image: lab.images.redis });
  }

  /** A pod that stands there as a target. */
  async podTarget(name: string, container = 'main'): Promise<PodTarget> {
    const pod = await this.cluster.readPod(this.space.name, name);
    assert.ok(pod?.metadata?.uid && pod.status?.podIP, `pod ${name} is not there, or has no address`);
    return {
      kind: 'pod',
      namespace: this.space.name,
      pod: name,
      uid: pod.metadata.uid,
      ip: pod.status.podIP,
      node: pod.spec?.nodeName ?? '',
      zone: null,
      container,
      role: null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.space[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}
