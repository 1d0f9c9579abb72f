import { type KubeConfig, type V1Pod, Watch } from '@kubernetes/client-node';
import { errorMessage } from '../../src/error-message.ts';

/**
 * Sees pods being told to end, as any client of the API would: when the watch had it from the API server. The client ends a watch that has
 * told nothing for 30 s.
 */
export class PodWatch implements Disposable {
  readonly #told = new Map<string, number>();
  readonly #waiting = new Map<string, { resolve: (at: number) => void; reject: (error: Error) => void }>();
  #ended: Error | undefined;
  #request: AbortController | undefined;

  /** Resolves when the API server has taken the watch. */
  static async open(config: KubeConfig, namespace: string): Promise<PodWatch> {
    const watch = new PodWatch();
    watch.#request = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      // From what the API server has at hand: the pods there are come first, then what becomes of them.
      { resourceVersion: '0' },
      (type: string, pod: V1Pod) => watch.#take(type, pod),
      (error: unknown) => watch.#end(error),
    );
    return watch;
  }

  #end(error: unknown): void {
    this.#ended = new Error(`the watch of pods has ended: ${errorMessage(error)}`);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
  }

  #take(type: string, { metadata }: V1Pod): void {
    if (type === 'ERROR') return;
    if (type !== 'DELETED' && metadata?.deletionTimestamp === undefined) return;
    const name = metadata?.name ?? '';
    if (this.#told.has(name)) return;
    const at = Date.now();
    this.#told.set(name, at);
    this.#waiting.get(name)?.resolve(at);
  }

  /** When it was seen, in ms since the epoch; waits until it is. Names of a Deployment's pods come once. */
  deletionOf(name: string, withinMs = 60_000): Promise<number> {
    const at = this.#told.get(name);
    if (at !== undefined) return Promise.resolve(at);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.set(name, { resolve, reject });
    const timer = setTimeout(() => reject(new Error(`the deletion of pod ${name} was not seen within ${withinMs} ms`)), withinMs);
    return promise.finally(() => clearTimeout(timer));
  }

  [Symbol.dispose](): void {
    this.#request?.abort();
  }
}
