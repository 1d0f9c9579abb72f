import { setTimeout as delay } from 'node:timers/promises';
import { deployRedis } from '../examples/redis/deploy.ts';
import type { Manifest } from '../examples/redis/manifests.ts';
import { Objects } from '../examples/redis/objects.ts';
import type { LabState } from '../lab/state.ts';
import { connectCluster } from '../src/kubernetes/connect-cluster.ts';
import { type Lane, lanes } from './lanes.ts';

const rolloutMs = 120_000;

/** The namespaces of a soak, one for each lane, with what the lanes' runs are about. */
export class Site implements AsyncDisposable {
  readonly #kubeconfig: string;
  /** namespaces by lane */
  readonly namespaces: ReadonlyMap<string, string>;

  private constructor(kubeconfig: string, namespaces: ReadonlyMap<string, string>) {
    this.#kubeconfig = kubeconfig;
    this.namespaces = namespaces;
  }

  /**
   * Deploys everything; returns when it works.
   * @throws Error on a cluster of one node
   */
  static async create({ kubeconfig, images }: LabState, id: string, nodes: readonly string[]): Promise<Site> {
    const last = nodes.at(-1);
    if (last === undefined || nodes.length < 2) throw new Error(`soak: found ${nodes.length} nodes, expected two or more`);
    const site = new Site(kubeconfig, new Map(lanes.map(({ name }) => [name, `soak-${id}-${name}`])));
    try {
      await using objects = new Objects(kubeconfig);
      await using cluster = connectCluster({ name: 'soak', kubeconfig });
      const cordon = (unschedulable: true | null) =>
        cluster.patchObject({ apiVersion: 'v1', kind: 'Node', name: last }, { spec: { unschedulable } }, {}, AbortSignal.timeout(10_000));
      const place = (lane: Lane) =>
        deploy(objects, { kubeconfig, images }, lane, site.namespace(lane.name), lane.onLastNode ? [last] : nodes.slice(0, -1));
      // The example's manifests say nothing of nodes: the last one is closed while its pods are put somewhere.
      await cordon(true);
      try {
        await Promise.all(lanes.filter(({ onLastNode }) => onLastNode === undefined).map(place));
      } finally {
        await cordon(null);
      }
      await Promise.all(lanes.filter(({ onLastNode }) => onLastNode === true).map(place));
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  namespace(lane: string): string {
    const namespace = this.namespaces.get(lane);
    if (namespace === undefined) throw new Error(`soak: lane ${lane} has no namespace`);
    return namespace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using objects = new Objects(this.#kubeconfig);
    const signal = AbortSignal.timeout(60_000);
    for (const name of this.namespaces.values()) {
      await objects.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, namespace: '' } }, signal);
    }
  }
}

async function deploy(
  objects: Objects,
  { kubeconfig, images }: Pick<LabState, 'kubeconfig' | 'images'>,
  lane: Lane,
  namespace: string,
  nodes: string[],
): Promise<void> {
  if (lane.objects === 'redis') {
    await deployRedis({ kubeconfig, namespace });
    return;
  }
  const signal = AbortSignal.timeout(rolloutMs);
  await objects.ensureNamespace(namespace, signal);
  const manifests = lane.objects(namespace, images, nodes) as Manifest[];
  for (const manifest of manifests) await objects.apply(manifest, signal);
  for (const manifest of manifests.filter(({ kind }) => kind === 'Deployment')) {
    let missing = await objects.rollout(manifest, signal);
    while (missing !== undefined) {
      if (signal.aborted) throw new Error(`soak: after ${rolloutMs / 1000} s: ${missing}`);
      await delay(250);
      missing = await objects.rollout(manifest, signal);
    }
  }
}
