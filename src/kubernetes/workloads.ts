import type { ConfigurationOptions, V1LabelSelector, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';
import type { WorkloadKind } from '../contracts/campaign.ts';
import type { Workload } from './cluster.ts';
import type { Connection } from './connection.ts';
import { formatLabelSelector } from './label-selector.ts';
import { listAll } from './list-all.ts';

// What the API server fills in when a pod template says nothing.
const defaultGracePeriodSeconds = 30;

interface WorkloadObject {
  metadata?: V1ObjectMeta;
  spec?: { selector?: V1LabelSelector; replicas?: number; template?: { spec?: V1PodSpec } };
}

interface Query {
  namespace: string;
  labelSelector?: string;
  limit?: number;
  _continue?: string;
}

type ListPage = (query: Query, options: ConfigurationOptions) => Promise<{ items: WorkloadObject[]; metadata?: { _continue?: string } }>;

/** Workloads of one kind whose own labels match. A Pod stands for itself; its labels are its selector and may match others, too. */
export async function listWorkloads(
  connection: Connection,
  namespace: string,
  kind: WorkloadKind,
  labelSelector: string | undefined,
  signal?: AbortSignal,
): Promise<Workload[]> {
  const page = pageOf(connection, kind);
  const query = labelSelector === undefined ? { namespace } : { namespace, labelSelector };
  const objects = await listAll(connection, `list ${kind}s ${namespace}`, signal, (range, options) =>
    page({ ...query, ...range }, options),
  );
  return objects.map(({ metadata, spec }) => ({
    kind,
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    replicas: spec?.replicas ?? 1,
    selector: formatLabelSelector(spec?.selector ?? {}),
    terminationGracePeriodSeconds: spec?.template?.spec?.terminationGracePeriodSeconds ?? defaultGracePeriodSeconds,
    annotations: metadata?.annotations ?? {},
  }));
}

function pageOf({ apps, core }: Connection, kind: WorkloadKind): ListPage {
  switch (kind) {
    case 'StatefulSet':
      return (query, options) => apps.listNamespacedStatefulSet(query, options);
    case 'Deployment':
      return (query, options) => apps.listNamespacedDeployment(query, options);
    case 'DaemonSet':
      return async (query, options) => {
        const { items, metadata } = await apps.listNamespacedDaemonSet(query, options);
        const sets = items.map(({ metadata, spec, status }): WorkloadObject => {
          const replicas = status?.desiredNumberScheduled ?? 0;
          return { ...(metadata && { metadata }), ...(spec && { spec: { ...spec, replicas } }) };
        });
        return { items: sets, ...(metadata && { metadata }) };
      };
    case 'ReplicaSet':
      return (query, options) => apps.listNamespacedReplicaSet(query, options);
    case 'Pod':
      return async (query, options) => {
        const pods = await core.listNamespacedPod(query, options);
        const items = pods.items.map(({ metadata, spec }): WorkloadObject => {
          const selector = { matchLabels: metadata?.labels ?? {} };
          return { ...(metadata && { metadata }), spec: { selector, replicas: 1, ...(spec && { template: { spec } }) } };
        });
        return { items, ...(pods.metadata && { metadata: pods.metadata }) };
      };
  }
}
