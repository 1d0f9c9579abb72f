import type { Cluster } from './cluster.ts';
import type { ClusterConfig } from './clusters-file.ts';
import { connectCluster } from './connect-cluster.ts';

/** A campaign names a cluster that is not configured here. */
export class UnknownClusterError extends Error {
  override readonly name = 'UnknownClusterError';
}

/** The configured clusters by name, each connected when it is first asked for. */
export interface Clusters extends AsyncDisposable {
  readonly names: readonly string[];
  /** @throws UnknownClusterError for a name that is not configured, with those that are; Error when its kubeconfig or context is not there */
  get(name: string): Cluster;
}

/** The clusters by their names. */
export function createClusters(configured: Record<string, Pick<ClusterConfig, 'source'>>): Clusters {
  const names = Object.keys(configured);
  const connected = new Map<string, Cluster & AsyncDisposable>();
  return {
    names,
    get(name) {
      const known = connected.get(name);
      if (known !== undefined) return known;
      const config = Object.hasOwn(configured, name) ? configured[name] : undefined;
      if (config === undefined) {
        throw new UnknownClusterError(`cluster ${name} is not configured; configured are: ${names.join(', ') || 'none'}`);
      }
      if (config.source === null) throw new Error(`cluster ${name} has workers of its own, and here is no way to it`);
      const cluster = connectCluster({ name, ...config.source });
      connected.set(name, cluster);
      return cluster;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...connected.values()].map((cluster) => cluster[Symbol.asyncDispose]()));
      connected.clear();
    },
  };
}
