import { KubeConfig, VersionApi } from '@kubernetes/client-node';
import { errorMessage } from '../src/error-message.ts';
import type { ClusterPart } from './cluster-part.ts';
import { LabFailure } from './failure.ts';
import { imageNames, projectImages } from './images.ts';

/** A cluster that is not the lab's: it is neither started nor changed nor ended, only asked whether it is there. */
export function existingCluster(kubeconfig: string): ClusterPart {
  const complaints = async (): Promise<string[]> => {
    try {
      const config = new KubeConfig();
      config.loadFromFile(kubeconfig);
      await config.makeApiClient(VersionApi).getCode();
      return [];
    } catch (error) {
      return [`the cluster of ${kubeconfig} does not answer: ${errorMessage(error)}`];
    }
  };
  return {
    kubeconfig,
    complaints,
    start: async () => {
      const [complaint] = await complaints();
      if (complaint !== undefined)
        throw new LabFailure(`${complaint}; expected a running cluster (without --kubeconfig the lab makes its own)`);
    },
    importProjectImages: async (_checkout, progress) => {
      for (const { tag } of projectImages)
        progress.line(`${tag}: this cluster has to have it already, the lab cannot import images into it`);
    },
    importServiceImage: () => {
      throw new LabFailure(`${imageNames.service}: the lab cannot import images into a cluster that is not its own`);
    },
    remove: async () => {},
  };
}
