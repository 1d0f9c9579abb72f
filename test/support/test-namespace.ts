import { setTimeout as delay } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { isReady } from '../../src/kubernetes/is-ready.ts';

/** A namespace of the lab's for one test suite; disposing of it deletes it with all it holds. */
export class TestNamespace implements AsyncDisposable {
  readonly name: string;
  readonly core: CoreV1Api;

  private constructor(name: string, core: CoreV1Api) {
    this.name = name;
    this.core = core;
  }

  static async create(kubeconfig: string, prefix: string): Promise<TestNamespace> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const { metadata } = await core.createNamespace({ body: { metadata: { generateName: `${prefix}-` } } });
    return new TestNamespace(metadata?.name ?? '', core);
  }

  /** One of this very name, in another cluster than the suite's own. */
  static async named(kubeconfig: string, name: string): Promise<TestNamespace> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name } } });
    return new TestNamespace(name, core);
  }

  /** Creates a pod from the redis image and waits until it is ready. */
  async createPod(
    name: string,
    command: string[],
    options: { image: string; labels?: Record<string, string>; graceSeconds?: number },
  ): Promise<V1Pod> {
    await this.core.createNamespacedPod({
      namespace: this.name,
      body: {
        metadata: { name, labels: { app: name, ...options.labels } },
        spec: {
          terminationGracePeriodSeconds: options.graceSeconds ?? 0,
          containers: [{ name: 'main', image: options.image, imagePullPolicy: 'IfNotPresent', command }],
        },
      },
    });
    return this.awaitPod(name, 'ready', (pod) => pod !== undefined && isReady(pod)).then((pod) => {
      if (pod === undefined) throw new Error(`pod ${name} vanished`);
      return pod;
    });
  }

  /** The pod once `condition` holds of it; undefined is a pod that is not there. */
  async awaitPod(
    name: string,
    what: string,
    condition: (pod: V1Pod | undefined) => boolean,
    timeoutMs = 60_000,
  ): Promise<V1Pod | undefined> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const { items } = await this.core.listNamespacedPod({ namespace: this.name, fieldSelector: `metadata.name=${name}` });
      const pod = items[0];
      if (condition(pod)) return pod;
      if (Date.now() > end) throw new Error(`pod ${name} is not ${what} within ${timeoutMs} ms: ${JSON.stringify(pod?.status)}`);
      await delay(200);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core.deleteNamespace({ name: this.name });
  }
}
