import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';

/** Where a cluster is described. Both absent: the current context, as kubectl finds it. */
export interface ClusterSource {
  /** path of a kubeconfig file; absent: $KUBECONFIG, ~/.kube/config, or the service account of the pod this runs in */
  kubeconfig?: string | undefined;
  context?: string | undefined;
  /** by the service account of the pod this runs in, whatever kubeconfig there is */
  inCluster?: boolean | undefined;
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the kubeconfig. Throws an Error that says which file or context is not there, and which are. */
export function loadKubeconfig({ kubeconfig, context, inCluster = false }: ClusterSource): KubeConfig {
  const config = new KubeConfig();
  if (inCluster) {
    if (!existsSync(serviceAccountToken))
      throw new Error(`inCluster: there is no ${serviceAccountToken}: this is no pod with a service account`);
    config.loadFromCluster();
    return config;
  }
  if (kubeconfig === undefined) {
    config.loadFromDefault();
  } else {
    if (!existsSync(kubeconfig)) throw new Error(`kubeconfig ${kubeconfig}: there is no such file`);
    config.loadFromFile(kubeconfig);
  }
  const from = kubeconfig ?? process.env.KUBECONFIG ?? 'the default kubeconfig';
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) throw new Error(`${from} has no context ${context}; it has: ${known.join(', ') || 'none'}`);
    config.setCurrentContext(context);
  }
  // Without any configuration the library falls back to an address nobody configured.
  const isFallback = config.getContexts().length === 1 && config.getCurrentContext() === 'loaded-context';
  if (isFallback) throw new Error('no cluster is configured: set KUBECONFIG, write ~/.kube/config, or run in a pod with a service account');
  if (config.getCurrentCluster() === null) {
    throw new Error(`${from}: the current context ${JSON.stringify(config.getCurrentContext() ?? '')} names no cluster`);
  }
  return config;
}
