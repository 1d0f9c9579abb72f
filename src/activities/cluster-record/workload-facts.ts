import type { KubernetesObject, V1Container, V1PodSpec, V1Probe } from '@kubernetes/client-node';
import type { ContainerSpecFacts, ProbeFacts, WorkloadFacts } from '../../contracts/cluster-record.ts';
import type { InventoryWorkload } from '../../contracts/plan.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';

interface WorkloadObject extends KubernetesObject {
  spec?: {
    replicas?: number;
    template?: { spec?: V1PodSpec };
    volumeClaimTemplates?: { metadata?: { name?: string } }[];
  };
  status?: { desiredNumberScheduled?: number };
}

/** Read by a list: a run may list workloads, and not read single ones. @throws ClusterError, or an Error that there is none */
export async function readWorkloadFacts(
  cluster: Cluster,
  namespace: string,
  { kind, name }: InventoryWorkload,
  signal: AbortSignal,
): Promise<WorkloadFacts> {
  const query = { apiVersion: 'apps/v1', kind, namespace, fieldSelector: `metadata.name=${name}` };
  const [found] = (await cluster.listObjects(query, signal)) as WorkloadObject[];
  if (found === undefined) throw new Error(`${kind} ${namespace}/${name} is not there`);
  const pod = found.spec?.template?.spec;
  return {
    kind,
    name,
    replicas: found.spec?.replicas ?? found.status?.desiredNumberScheduled ?? 1,
    terminationGracePeriodSeconds: pod?.terminationGracePeriodSeconds ?? 30,
    containers: (pod?.containers ?? []).map(containerSpecFacts),
    spread: pod === undefined ? [] : spreadOf(pod),
    claims: [
      ...(found.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? ''),
      ...(pod?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
    ],
  };
}

function containerSpecFacts({ name, readinessProbe, livenessProbe, resources }: V1Container): ContainerSpecFacts {
  return {
    name,
    readiness: probeFacts(readinessProbe),
    liveness: probeFacts(livenessProbe),
    cpuLimit: resources?.limits?.cpu ?? null,
    memoryLimit: resources?.limits?.memory ?? null,
  };
}

// The API server has filled in what a manifest left out, except the delay.
function probeFacts(probe: V1Probe | undefined): ProbeFacts | null {
  if (probe === undefined) return null;
  return {
    how: probe.exec ? 'exec' : probe.httpGet ? 'httpGet' : probe.grpc ? 'grpc' : 'tcpSocket',
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
    successThreshold: probe.successThreshold ?? 1,
  };
}

function spreadOf({ topologySpreadConstraints = [], affinity }: V1PodSpec): string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [], preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } =
    affinity?.podAntiAffinity ?? {};
  return [
    ...new Set([
      ...topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
      ...required.map(({ topologyKey }) => topologyKey),
      ...preferred.map(({ podAffinityTerm }) => podAffinityTerm.topologyKey),
    ]),
  ];
}
