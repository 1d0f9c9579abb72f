import { type KubeConfig, type V1Pod, Watch } from '@kubernetes/client-node';

/** Sees pods being told to end, as any client of the API would: when the watch had it from the API server. */
export class PodWatch implements Disposable {
  readonly #told = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();
  #request: AbortController | undefined;

  /** Resolves when the API server has taken the watch. */
  static async open(config: KubeConfig, namespace: string): Promise<PodWatch> {
    const watch = new PodWatch();
    watch.#request = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      // From what the API server has at hand: the pods there are come first, then what becomes of them.
      { resourceVersion: '0' },
      (type: string, pod: V1Pod) => watch.#take(type, pod),
      () => undefined,
    );
    return watch;
  }

  #take(type: string, { metadata }: V1Pod): void {
    if (type === 'ERROR') return;
    if (type !== 'DELETED' && metadata?.deletionTimestamp === undefined) return;
    const name = metadata?.name ?? '';
    if (this.#told.has(name)) return;
    const at = Date.now();
    this.#told.set(name, at);
    this.#waiting.get(name)?.(at);
  }

  /** When it was seen, in ms since the epoch; waits until it is. Names of a Deployment's pods come once. */
  deletionOf(name: string, withinMs = 60_000): Promise<number> {
    const at = this.#told.get(name);
    if (at !== undefined) return Promise.resolve(at);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the deletion of pod ${name} was not seen within ${withinMs} ms`)), withinMs);
      this.#waiting.set(name, (seen) => {
        clearTimeout(timer);
        resolve(seen);
      });
    });
  }

  [Symbol.dispose](): void {
    this.#request?.abort();
  }
}
