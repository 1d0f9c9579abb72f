import type { ClusterPart } from './cluster-part.ts';
import { engineCluster } from './engine-cluster.ts';
import { existingCluster } from './existing-cluster.ts';
import type { Lab, LabConfig } from './lab.ts';
import { nativeCluster } from './native-cluster.ts';

export function clusterOf(lab: Lab, config: LabConfig): ClusterPart {
  switch (config.cluster) {
    case 'native':
      return nativeCluster(lab, config.nodes);
    case 'existing':
      return existingCluster(config.kubeconfig ?? '');
    default:
      return engineCluster(lab, config.cluster, config.nodes);
  }
}
