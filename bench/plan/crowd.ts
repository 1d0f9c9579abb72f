import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { BulkClient } from './bulk-client.ts';

/** On every node of the crowd: nothing that is not of it comes there, and nothing of it is taken off. */
const taint = 'squall.dev/bench';
const zones = ['bench-a', 'bench-b', 'bench-c', 'bench-d'];
const goneWithinMs = 300_000;

/**
 * Nodes and pods that exist in the API server alone: no kubelet stands behind them. Nodes are closed to everything by a taint, and are in
 * zones of their own; pods are bound to them and tolerate whatever befalls such nodes. All goes at the end.
 */
export class Crowd implements AsyncDisposable {
  readonly namespace: string;
  readonly #client: BulkClient;
  #nodes = 0;

  private constructor(client: BulkClient, namespace: string) {
    this.#client = client;
    this.namespace = namespace;
  }

  /** `apps` of equal size share the pods: `app=app-0` and so on. */
  static async open(
    kubeconfig: string,
    counts: { nodes: number; pods: number; apps: number },
    print: (line: string) => void,
  ): Promise<Crowd> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const client = await BulkClient.open(config);
    const created = await client.send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { generateName: 'bench-plan-' },
    });
    const crowd = new Crowd(client, (created as { metadata: { name: string } }).metadata.name);
    try {
      await crowd.#serviceAccount();
      print(`${counts.nodes} nodes are made`);
      await crowd.#makeNodes(counts.nodes);
      print(`${counts.pods} pods are made`);
      await crowd.#makePods(counts.pods, counts.apps);
      return crowd;
    } catch (error) {
      await crowd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Marks the nodes Ready, for less than a minute: they have no heartbeat. When it has passed, the cluster takes the nodes for lost, and with
   * them their pods, which it leaves alone on nodes that never were Ready.
   */
  async markNodesReady(): Promise<void> {
    await this.#client.each(this.#nodes, (index) => this.#markReady(index));
  }

  async #makeNodes(count: number): Promise<void> {
    await this.#client.each(count, async (index) => {
      await this.#client.send('POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: this.#node(index),
          labels: { [taint]: this.namespace, 'topology.kubernetes.io/zone': zones[index % zones.length] },
        },
        spec: { taints: [{ key: taint, effect: 'NoExecute' }] },
      });
      this.#nodes += 1;
    });
  }

  async #markReady(index: number): Promise<void> {
    const now = new Date().toISOString().replace(/\.[0-9]+Z$/, 'Z');
    const condition = { type: 'Ready', status: 'True', reason: 'Bench', message: 'stands in for a node', lastHeartbeatTime: now };
    await this.#client.send('PATCH', `/api/v1/nodes/${this.#node(index)}/status`, {
      status: {
        conditions: [{ ...condition, lastTransitionTime: now }],
        addresses: [{ type: 'InternalIP', address: `198.18.${index >> 8}.${index & 255}` }],
      },
    });
  }

  async #makePods(count: number, apps: number): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/pods`;
    await this.#client.each(count, async (index) => {
      const name = `app-${index % apps}-${index}`;
      await this.#client.send('POST', path, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { app: `app-${index % apps}`, tier: 'web', team: 'shop', version: 'v1' } },
        spec: {
          nodeName: this.#node(index % this.#nodes),
          automountServiceAccountToken: false,
          // Deleted is gone: no kubelet has to say so.
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'main', image: 'nobody.example/runs-this:1' }],
        },
      });
      await this.#client.send('PATCH', `${path}/${name}/status`, {
        status: {
          phase: 'Running',
          podIP: `198.19.${index >> 8}.${index & 255}`,
          conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString().replace(/\.[0-9]+Z$/, 'Z') }],
        },
      });
    });
  }

  /** Without it no pod is admitted. */
  async #serviceAccount(): Promise<void> {
    for (const end = Date.now() + 30_000; ; await delay(100)) {
      try {
        await this.#client.send('GET', `/api/v1/namespaces/${this.namespace}/serviceaccounts/default`);
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  #node(index: number): string {
    return `${this.namespace}-${index}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client;
    try {
      const pods = `/api/v1/namespaces/${this.namespace}/pods`;
      const mine = `/api/v1/nodes?labelSelector=${encodeURIComponent(`${taint}=${this.namespace}`)}`;
      // The pods first: those whose node is gone would be the garbage collector's.
      for (const end = Date.now() + goneWithinMs; ; await delay(500)) {
        const { items } = (await client.send('GET', `${pods}?limit=2000`)) as { items: { metadata: { name: string } }[] };
        if (items.length === 0) break;
        await client.each(items.length, async (index) => {
          await client.send('DELETE', `${pods}/${items[index]?.metadata.name ?? ''}?gracePeriodSeconds=0`);
        });
        if (Date.now() > end) throw new Error(`${items.length} pods of ${this.namespace} are still there, expected none`);
      }
      await client.send('DELETE', mine);
      await client.send('DELETE', `/api/v1/namespaces/${this.namespace}`);
    } finally {
      client[Symbol.dispose]();
    }
  }
}
