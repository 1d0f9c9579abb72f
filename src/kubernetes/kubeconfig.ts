import { statSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';
import { type ClusterSource, loadKubeconfig } from './load-kubeconfig.ts';

/** A kubeconfig is asked for with every request: its file is not looked at oftener than this. */
const lookEveryMs = 1_000;

/**
 * The kubeconfig of a cluster as it is now. One that was given by its path, such as a mounted Secret, is read again when it has
 * changed, so that renewed credentials hold without a restart. While what is there cannot be read, what held goes on holding.
 */
export class Kubeconfig {
  readonly #source: ClusterSource;
  #config: KubeConfig;
  #mark: string | undefined;
  #lookedAt: number;
  readonly #now: () => number;

  /** @throws Error when the kubeconfig, or the context in it, is not there */
  constructor(source: ClusterSource, now: () => number = Date.now) {
    this.#now = now;
    this.#lookedAt = now();
    this.#source = source;
    this.#mark = markOf(source);
    this.#config = loadKubeconfig(source);
  }

  current(): KubeConfig {
    if (this.#source.kubeconfig === undefined || this.#now() - this.#lookedAt < lookEveryMs) return this.#config;
    this.#lookedAt = this.#now();
    const mark = markOf(this.#source);
    if (mark === undefined || mark === this.#mark) return this.#config;
    try {
      this.#config = loadKubeconfig(this.#source);
      this.#mark = mark;
    } catch {
      // It is being written, or wrong: the next look tells.
    }
    return this.#config;
  }
}

/** Changes with the file: a mounted Secret is replaced by a link to another file. Undefined: it is not there. */
function markOf({ kubeconfig }: ClusterSource): string | undefined {
  if (kubeconfig === undefined) return undefined;
  const stat = statSync(kubeconfig, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}
