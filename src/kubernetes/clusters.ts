import type { Cluster } from './cluster.ts';
import { connectCluster } from './connect-cluster.ts';

/** The configured clusters by name, each connected when it is first asked for. */
export interface Clusters extends AsyncDisposable {
  readonly names: readonly string[];
  /** @throws Error for a name that is not configured, with those that are; or when its kubeconfig or context is not there */
  get(name: string): Cluster;
}

/** `contexts`: the kubeconfig context by cluster name; null: the current context, or the service account in a pod. */
export function createClusters(contexts: Record<string, string | null>): Clusters {
  const names = Object.keys(contexts);
  const connected = new Map<string, Cluster & AsyncDisposable>();
  return {
    names,
    get(name) {
      const known = connected.get(name);
      if (known !== undefined) return known;
      if (!names.includes(name)) throw new Error(`cluster ${name} is not configured; configured are: ${names.join(', ') || 'none'}`);
      const cluster = connectCluster({ name, context: contexts[name] ?? undefined });
      connected.set(name, cluster);
      return cluster;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...connected.values()].map((cluster) => cluster[Symbol.asyncDispose]()));
      connected.clear();
    },
  };
}
