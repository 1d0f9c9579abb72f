import { errorMessage } from '../error-message.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { ClusterError } from '../kubernetes/cluster.ts';
import { seeBorneObjects } from './borne-objects.ts';
import { seeNodeCarriers } from './node-carriers.ts';
import { seeOwnObjects } from './own-objects.ts';
import { seePodCarriers } from './pod-carriers.ts';
import type { Sighting } from './sighting.ts';

/** Where is looked. */
export interface Scope {
  /** in this namespace alone; absent: in all */
  namespace?: string;
  /** whether nodes are looked at, which are in no namespace; absent: they are */
  nodes?: boolean;
}

const apps = 'apps/v1';
const policies = 'networking.k8s.io/v1';

/**
 * Everything of squall's in a cluster, from the cluster alone: warm carriers, too. What cannot be read, a kind that may not be
 * listed or an agent that does not answer, is a sighting of its own and hides nothing else.
 *
 * @throws ClusterError when the API server cannot be reached, or knows nobody by these credentials
 */
export async function scan(context: FaultContext, { namespace, nodes = true }: Scope = {}): Promise<Sighting[]> {
  const borne = (apiVersion: string, kind: string) => ({
    of: `${kind}s`,
    see: () => seeBorneObjects(context, { apiVersion, kind }, kind === 'Node' ? undefined : namespace),
  });
  const own = (apiVersion: string, kind: string) => ({
    of: `${kind}s`,
    see: () => seeOwnObjects(context, { apiVersion, kind }, namespace),
  });
  const sources: { of: string; see(): Promise<Sighting[]> }[] = [
    { of: 'pods', see: () => seePodCarriers(context, namespace) },
    { of: "squall's own pods", see: () => seeNodeCarriers(context, namespace) },
    ...(nodes ? [borne('v1', 'Node')] : []),
    borne(apps, 'Deployment'),
    borne(apps, 'StatefulSet'),
    borne(apps, 'ReplicaSet'),
    own(policies, 'NetworkPolicy'),
    own('v1', 'ConfigMap'),
    own('v1', 'Secret'),
  ];
  return (await Promise.all(sources.map(({ of, see }) => see().catch((error: unknown) => unread(context, of, namespace, error))))).flat();
}

function unread(context: FaultContext, of: string, namespace: string | undefined, error: unknown): Sighting[] {
  context.signal.throwIfAborted();
  if (error instanceof ClusterError && (error.status === undefined || error.status === 401)) throw error;
  return [
    {
      where: namespace ?? '*',
      run: null,
      fault: null,
      kind: of,
      deadline: null,
      evidence: `they could not be looked through: ${errorMessage(error)}`,
      is: 'unread',
      undoing: null,
    },
  ];
}
