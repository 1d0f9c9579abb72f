import type { V1ContainerStatus, V1EphemeralContainer, V1Node, V1Pod } from '@kubernetes/client-node';
import { matchesLabels } from '../../src/campaign/label-selector.ts';
import { type Cluster, ClusterError, type ContainerAddress, type Workload } from '../../src/kubernetes/cluster.ts';
import { StubAgent } from './stub-agent.ts';

const zones = ['zone-a', 'zone-b', 'zone-c'];
const startedAt = new Date();

/**
 * Stands where a cluster would, and answers at once: every namespace that is asked for has a Deployment `cart`, whose pods are
 * ready and are replaced when they are deleted. Everything above it is what runs in production.
 */
export class StubCluster implements Cluster {
  readonly name = 'default';
  /** calls so far */
  calls = 0;
  readonly #replicas: number;
  readonly #namespaces = new Map<string, Map<string, V1Pod>>();
  readonly #agents = new Map<string, StubAgent>();
  #pods = 0;

  constructor(replicas: number) {
    this.#replicas = replicas;
  }

  async listPods(namespace: string, labelSelector: string | undefined): Promise<V1Pod[]> {
    const pods = [...this.#podsOf(namespace).values()];
    return labelSelector === undefined || labelSelector === ''
      ? pods
      : pods.filter(({ metadata }) => matchesLabels(labelSelector, metadata?.labels ?? {}));
  }

  async readPod(namespace: string, name: string): Promise<V1Pod | undefined> {
    return this.#podsOf(namespace).get(name);
  }

  async readNamespace(name: string): ReturnType<Cluster['readNamespace']> {
    this.calls += 1;
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  }

  async listNodes(): Promise<V1Node[]> {
    this.calls += 1;
    return zones.map((zone, i) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${i + 1}`, uid: `node-uid-${i + 1}`, labels: { 'topology.kubernetes.io/zone': zone } },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: `192.0.2.${i + 1}` }] },
    }));
  }

  async listWorkloads(namespace: string, kind: Parameters<Cluster['listWorkloads']>[1]): Promise<Workload[]> {
    this.calls += 1;
    if (kind !== 'Deployment') return [];
    const workload = { kind, name: 'cart', uid: `${namespace}-cart`, replicas: this.#replicas, selector: 'app=cart' };
    return [{ ...workload, terminationGracePeriodSeconds: 30, annotations: {} }];
  }

  async listEvents(): ReturnType<Cluster['listEvents']> {
    this.calls += 1;
    return [];
  }

  async deletePod({ namespace, name, uid }: Parameters<Cluster['deletePod']>[0]): Promise<'deleted' | 'gone'> {
    const pods = this.#podsOf(namespace);
    if (pods.get(name)?.metadata?.uid !== uid) return 'gone';
    pods.delete(name);
    this.#agents.delete(`${namespace}/${name}`);
    this.#add(namespace, pods);
    return 'deleted';
  }

  async evictPod(pod: Parameters<Cluster['evictPod']>[0]): ReturnType<Cluster['evictPod']> {
    return { outcome: (await this.deletePod(pod)) === 'deleted' ? 'evicted' : 'gone' };
  }

  async readObject(): ReturnType<Cluster['readObject']> {
    this.calls += 1;
    return undefined;
  }

  async listObjects(): ReturnType<Cluster['listObjects']> {
    this.calls += 1;
    return [];
  }

  createObject(): never {
    throw notHere('create');
  }

  patchObject(): never {
    throw notHere('patch');
  }

  async deleteObject(): Promise<'deleted' | 'gone'> {
    this.calls += 1;
    return 'gone';
  }

  proxyToPod(): never {
    throw notHere('proxy');
  }

  async readLog(): Promise<string> {
    this.calls += 1;
    return '';
  }

  async addEphemeralContainer(namespace: string, name: string, container: V1EphemeralContainer): Promise<V1Pod> {
    const pod = this.#podsOf(namespace).get(name);
    if (pod?.spec === undefined || pod.status === undefined) throw notHere(`pod ${namespace}/${name}`);
    pod.spec.ephemeralContainers = [...(pod.spec.ephemeralContainers ?? []), container];
    pod.status.ephemeralContainerStatuses = [...(pod.status.ephemeralContainerStatuses ?? []), running(container.name)];
    return pod;
  }

  async exec(): ReturnType<Cluster['exec']> {
    this.calls += 1;
    return { exitCode: 0, stdout: '', stderr: '' };
  }

  async execFirstLine(address: ContainerAddress, argv: string[]): Promise<string> {
    this.calls += 1;
    if (argv.includes('--dry-run')) return JSON.stringify({ ok: true, about: 'a stub' });
    const flag = (name: string) => argv[argv.indexOf(name) + 1] ?? '';
    const fault = this.#agentOf(address).start(flag('--id'), flag('--kind'), Number(flag('--ttl-ms')));
    return JSON.stringify({ startedAt: fault.startedAt, cgroup: '/stub', about: 'a stub' });
  }

  async openExec(address: ContainerAddress): ReturnType<Cluster['openExec']> {
    this.calls += 1;
    return this.#agentOf(address).open();
  }

  portForward(): never {
    throw notHere('forward a port');
  }

  async missingPermissions(): ReturnType<Cluster['missingPermissions']> {
    this.calls += 1;
    return [];
  }

  #agentOf({ namespace, pod }: ContainerAddress): StubAgent {
    const key = `${namespace}/${pod}`;
    const agent = this.#agents.get(key) ?? new StubAgent();
    this.#agents.set(key, agent);
    return agent;
  }

  #podsOf(namespace: string): Map<string, V1Pod> {
    this.calls += 1;
    const there = this.#namespaces.get(namespace);
    if (there !== undefined) return there;
    const pods = new Map<string, V1Pod>();
    this.#namespaces.set(namespace, pods);
    for (let i = 0; i < this.#replicas; i += 1) this.#add(namespace, pods);
    return pods;
  }

  #add(namespace: string, pods: Map<string, V1Pod>): void {
    this.#pods += 1;
    const number = this.#pods;
    const name = `cart-5f7b674694-${number.toString(36).padStart(5, '0')}`;
    pods.set(name, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        uid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
        creationTimestamp: startedAt,
        labels: { app: 'cart', 'pod-template-hash': '5f7b674694' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-5f7b674694', uid: `${namespace}-rs`, controller: true }],
      },
      spec: { nodeName: `node-${(number % zones.length) + 1}`, containers: [{ name: 'cart', image: 'cart:1' }] },
      status: {
        phase: 'Running',
        podIP: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [running('cart')],
      },
    });
  }
}

function running(name: string): V1ContainerStatus {
  return {
    name,
    image: 'stub',
    imageID: 'stub',
    containerID: `containerd://${name}`,
    ready: true,
    restartCount: 0,
    state: { running: { startedAt } },
  };
}

function notHere(what: string): ClusterError {
  return new ClusterError(what, 'a stub of a cluster does not do that', { retryable: false });
}
