import { setTimeout as delay } from 'node:timers/promises';
import { AppsV1Api, CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import type { LabState } from '../../lab/state.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';

const selector = 'app=bench';
/** of the lab's: nothing that squall would take for a redis */
const image = 'docker.io/library/debian:bookworm-slim';
const readyWithinMs = 120_000;

/** A namespace of the lab's with a Deployment to do chaos to; deleted with all it holds at the end. */
export class Site implements AsyncDisposable {
  readonly lab: LabState;
  readonly config: KubeConfig;
  readonly namespace: string;
  readonly core: CoreV1Api;
  readonly #replicas: number;

  private constructor(lab: LabState, config: KubeConfig, namespace: string, replicas: number) {
    this.lab = lab;
    this.config = config;
    this.namespace = namespace;
    this.core = config.makeApiClient(CoreV1Api);
    this.#replicas = replicas;
  }

  static async open(lab: LabState, replicas: number): Promise<Site> {
    const config = new KubeConfig();
    config.loadFromFile(lab.kubeconfig);
    const { metadata } = await config.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { generateName: 'bench-' } } });
    const site = new Site(lab, config, metadata?.name ?? '', replicas);
    try {
      await site.#deploy();
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #deploy(): Promise<void> {
    const labels = { app: 'bench' };
    await this.config.makeApiClient(AppsV1Api).createNamespacedDeployment({
      namespace: this.namespace,
      body: {
        metadata: { name: 'bench' },
        spec: {
          replicas: this.#replicas,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '86400'] }],
            },
          },
        },
      },
    });
    await this.pods();
  }

  /** Its pods, once as many as there should be are ready and none is on its way out. */
  async pods(): Promise<V1Pod[]> {
    for (const end = Date.now() + readyWithinMs; ; await delay(100)) {
      const { items } = await this.core.listNamespacedPod({ namespace: this.namespace, labelSelector: selector });
      const ready = items.filter(isReady);
      const leaving = items.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined);
      if (ready.length === this.#replicas && items.length === this.#replicas && leaving.length === 0) return items;
      if (Date.now() > end) throw new Error(`${ready.length} pods are ready after ${readyWithinMs} ms, expected ${this.#replicas}`);
    }
  }

  /** Pods that nothing was ever put into: those that have carriers are replaced. */
  async freshPods(): Promise<string[]> {
    const used = (await this.pods()).filter(({ spec }) => (spec?.ephemeralContainers ?? []).length > 0);
    await Promise.all(
      used.map(({ metadata }) =>
        this.core.deleteNamespacedPod({ namespace: this.namespace, name: metadata?.name ?? '', gracePeriodSeconds: 0 }),
      ),
    );
    const fresh = await this.pods();
    return fresh.map(({ metadata }) => metadata?.name ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core.deleteNamespace({ name: this.namespace });
  }
}
