import { type CoreV1Api, KubeConfig } from '@kubernetes/client-node';

/** Makes a service account, and the kubeconfig of one who has its token and nothing else. */
export async function serviceAccountConfig(admin: KubeConfig, core: CoreV1Api, namespace: string, name: string): Promise<KubeConfig> {
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: 3_600 } },
  });
  const cluster = admin.getCurrentCluster();
  if (cluster === null || status?.token === undefined) throw new Error('no cluster in the kubeconfig, or no token');
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [cluster],
    users: [{ name, token: status.token }],
    contexts: [{ name, cluster: cluster.name, user: name }],
    currentContext: name,
  });
  return config;
}
