import { type Config, clusterSettings } from '../config.ts';
import type { ClusterSource } from '../kubernetes/load-kubeconfig.ts';

/** A cluster that a command goes to, and how. */
export interface ChosenCluster extends ReturnType<typeof clusterSettings> {
  name: string;
  source: ClusterSource;
}

/** The cluster of a context of the kubeconfig, else all that are configured with a way to them. */
export function chosenClusters(config: Config, context: string | undefined): ChosenCluster[] {
  const chosen: [string, ClusterSource][] =
    context === undefined
      ? Object.entries(config.clusters).flatMap(([name, { source }]) => (source === null ? [] : [[name, source]]))
      : [[context, { context }]];
  return chosen.map(([name, source]) => ({ name, source, ...clusterSettings(config, name) }));
}
