import type { V1EndpointSlice, V1Node } from '@kubernetes/client-node';
import { type FaultContext, RefusedError } from '../verbs.ts';

const roles = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Where the API servers are, as the cluster itself tells its pods. */
export async function apiServerAddresses(context: FaultContext): Promise<string[]> {
  const query = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace: 'default',
    labelSelector: 'kubernetes.io/service-name=kubernetes',
  };
  const slices: V1EndpointSlice[] = (await context.cluster.listObjects(query, context.signal)) as V1EndpointSlice[];
  return [...new Set(slices.flatMap(({ endpoints = [] }) => endpoints.flatMap(({ addresses }) => addresses)))].sort();
}

/**
 * Refuses nodes the API server runs on: without it nobody, squall neither, could undo anything before its deadline.
 *
 * @throws RefusedError
 */
export async function refuseControlPlane(context: FaultContext, nodes: readonly V1Node[]): Promise<void> {
  const addresses = await apiServerAddresses(context);
  const hit = nodes.filter(
    ({ metadata, status }) =>
      roles.some((role) => metadata?.labels?.[role] !== undefined) ||
      status?.addresses?.some(({ type, address }) => type === 'InternalIP' && addresses.includes(address)),
  );
  if (hit.length === 0) return;
  const names = hit.map(({ metadata }) => metadata?.name).join(', ');
  throw new RefusedError(
    `${names}: of the control plane, through which squall ends the fault; controlPlaneNodes: true says that it is meant`,
  );
}
