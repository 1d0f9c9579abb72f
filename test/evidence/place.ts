import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { type Manifest, readManifests } from '../../examples/redis/manifests.ts';
import { Objects } from '../../examples/redis/objects.ts';
import { type Example, readReplication } from '../../examples/redis/replication.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';

/** A namespace of the lab's in which a condition is provoked. */
export class Place implements Example {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly signal: AbortSignal;
  readonly #kubeconfig: string;

  constructor(cluster: Cluster, namespace: string, kubeconfig: string, signal: AbortSignal) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.signal = signal;
    this.#kubeconfig = kubeconfig;
  }

  async apply(...objects: KubernetesObject[]): Promise<void> {
    await using door = new Objects(this.#kubeconfig);
    for (const object of objects) {
      await door.apply({ ...object, metadata: { ...object.metadata, namespace: this.namespace } } as Manifest, this.signal);
    }
  }

  async patch(kind: 'Deployment' | 'StatefulSet', name: string, patch: object): Promise<void> {
    await this.cluster.patchObject({ apiVersion: 'apps/v1', kind, namespace: this.namespace, name }, patch, undefined, this.signal);
  }

  /** The example's redis, with what `change` makes of its objects. Returns when its replication is whole and its pods are ready. */
  async deployRedis(change: (manifests: Manifest[]) => void = () => undefined): Promise<void> {
    const manifests = readManifests(this.namespace);
    change(manifests);
    await this.apply(...manifests);
    await this.wholeRedis();
  }

  async wholeRedis(): Promise<void> {
    await this.until('replication', async () => (await readReplication(this)).missing.length === 0);
    await this.ready('app=redis', 3);
  }

  async ready(selector: string, count: number): Promise<void> {
    await this.until(`${count} ready pods of ${selector}`, async () => {
      const pods = await this.cluster.listPods(this.namespace, selector, this.signal);
      return pods.filter(isReady).length === count && pods.length === count;
    });
  }

  /** @throws Error that says what was awaited when the place's time is over */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    try {
      while (!(await condition())) {
        this.signal.throwIfAborted();
        await delay(300);
      }
    } catch (error) {
      throw this.signal.aborted ? new Error(`${what}: not in time`, { cause: error }) : error;
    }
  }
}

/** Replaces a piece of one of the example's scripts. @throws Error when it is not there */
export function changeScript(manifests: Manifest[], script: string, from: string, to: string): void {
  const map = manifests.find(({ kind }) => kind === 'ConfigMap') as { data?: Record<string, string> } | undefined;
  const text = map?.data?.[script];
  if (map?.data === undefined || text === undefined || !text.includes(from)) throw new Error(`${script} has no ${from}`);
  map.data[script] = text.replace(from, to);
}

/** Three pods of an image that does nothing but what `container` says. */
export function workload(
  kind: 'Deployment' | 'StatefulSet',
  image: string,
  container: object,
  pod: object = {},
  replicas = 2,
): KubernetesObject {
  const labels = { app: 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      ...(kind === 'StatefulSet' && { serviceName: 'shop', podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } }),
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...pod,
          containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', ...container }],
        },
      },
    },
  } as KubernetesObject;
}
