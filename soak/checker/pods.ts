import type { ApiObject } from './objects.ts';

/** A pod, as far as its processes have to be told apart. */
export interface PodSeen {
  namespace: string;
  name: string;
  uid: string;
  ip: string;
  /** its label `app` */
  app: string;
  node: string;
  running: boolean;
  /** ids of its own containers by the runtime, and of its ephemeral ones */
  containers: Map<string, string>;
  ephemeral: Map<string, string>;
}

interface Status {
  phase?: string;
  podIP?: string;
  containerStatuses?: ContainerStatus[];
  ephemeralContainerStatuses?: ContainerStatus[];
}

interface ContainerStatus {
  name: string;
  containerID?: string;
  state?: { running?: object };
}

export function podsOf(objects: readonly ApiObject[], namespaces: ReadonlySet<string>): PodSeen[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'Pod' && namespaces.has(metadata.namespace ?? ''))
    .map(({ metadata, spec, status }): PodSeen => {
      const { phase, podIP = '', containerStatuses = [], ephemeralContainerStatuses = [] } = (status ?? {}) as Status;
      return {
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        uid: metadata.uid,
        ip: podIP,
        app: metadata.labels?.app ?? '',
        node: typeof spec?.nodeName === 'string' ? spec.nodeName : '',
        running:
          phase === 'Running' &&
          metadata.deletionTimestamp === undefined &&
          containerStatuses.every(({ state }) => state?.running !== undefined),
        containers: idsOf(containerStatuses),
        ephemeral: idsOf(ephemeralContainerStatuses),
      };
    });
}

/** Names of containers by their id, `containerd://` taken off. */
function idsOf(statuses: readonly ContainerStatus[]): Map<string, string> {
  return new Map(statuses.map(({ name, containerID = '' }) => [containerID.split('://').at(-1) ?? '', name]));
}
