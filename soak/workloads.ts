export interface DeploymentOptions {
  /** absent: `app`; its label `app`, too */
  name?: string;
  /** where its pods may run */
  nodes: string[];
  image: string;
  command?: string[];
  port?: number;
  replicas?: number;
  limits?: { cpu: string; memory: string };
}

/** A Deployment of small pods that end at once when they are told to. */
export function deployment(
  namespace: string,
  { name = 'app', nodes, image, command, port, replicas = 2, limits }: DeploymentOptions,
): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onNodes(nodes) } },
          containers: [
            {
              name: 'main',
              image,
              imagePullPolicy: 'IfNotPresent',
              ...(command !== undefined && { command }),
              ...(port !== undefined && { ports: [{ containerPort: port }] }),
              // Without a request of CPU, a busy node would starve it, and the agent in it.
              resources: { requests: { cpu: '100m', memory: '16Mi' }, ...(limits !== undefined && { limits }) },
            },
          ],
        },
      },
    },
  };
}

/** A ConfigMap that somebody could miss. */
export function settings(namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace, labels: { team: 'soak' }, annotations: { note: 'kept as it is' } },
    data: { mode: 'steady', limit: '7' },
  };
}

/** A Service in front of the Deployment. */
export function web(namespace: string, port: number): object {
  const labels = { app: 'app' };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace, labels }, spec: { selector: labels, ports: [{ port }] } };
}

function onNodes(values: string[]): object {
  return { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] }] };
}
