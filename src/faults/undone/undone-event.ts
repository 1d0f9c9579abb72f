import { createHash } from 'node:crypto';
import type { CoreV1Event } from '@kubernetes/client-node';
import { z } from 'zod';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance } from '../../contracts/plan.ts';
import { ClusterError, type ObjectReference } from '../../kubernetes/cluster.ts';
import type { FaultContext } from '../verbs.ts';

/**
 * Who ended a fault in its workflow's place is told by an event of the cluster's: one for each fault, which the API server
 * forgets by itself after a time (an hour, if not configured otherwise), with an annotation for each target.
 */
const annotationPrefix = 'undone.squall.dev/';
/** The events of what has no namespace are there. */
const clusterNamespace = 'default';

const undoneSchema = z.object({ target: z.string(), at: z.number(), detail: z.string() });
/** `target` as `targetName` gives it; `*`: all of the fault's. `at` in ms since the epoch. */
export type UndoneTarget = z.infer<typeof undoneSchema>;

export type Involved = ObjectReference & { uid: string };

/** Writes down what of a fault the janitor, or a person's sweep, has undone. @throws ClusterError */
export async function tellUndone(context: FaultContext, fault: string, involved: Involved, undone: UndoneTarget[]): Promise<void> {
  const annotations = Object.fromEntries(
    undone.map((entry) => [
      `${annotationPrefix}${createHash('sha256').update(entry.target).digest('hex').slice(0, 16)}`,
      JSON.stringify(entry),
    ]),
  );
  const reference = eventReference(fault, involved.namespace ?? clusterNamespace);
  const { name, namespace } = reference;
  const told = undone.map(({ target, detail }) => (target === '*' ? detail : `${target}: ${detail}`)).join('; ');
  const now = new Date();
  const event: CoreV1Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace, labels: { [objectKeys.fault]: fault }, annotations },
    involvedObject: involved,
    type: 'Normal',
    reason: 'ChaosUndone',
    message: `fault ${fault} was undone by squall's janitor: ${told}`.slice(0, 1_000),
    source: { component: 'squall' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  try {
    await context.cluster.createObject(event, {}, context.signal);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.status !== 409) throw error;
    await context.cluster.patchObject(reference, { metadata: { annotations } }, {}, context.signal);
  }
}

/** What the janitor has undone of a fault, as far as the cluster remembers. @throws ClusterError */
export async function readUndone(
  context: FaultContext,
  fault: Pick<FaultInstance, 'id' | 'namespace' | 'targets'>,
): Promise<UndoneTarget[]> {
  const namespaces = new Set([fault.namespace, ...fault.targets.flatMap((target) => (target.kind === 'node' ? [clusterNamespace] : []))]);
  const events = await Promise.all(
    [...namespaces].map((namespace) => context.cluster.readObject(eventReference(fault.id, namespace), context.signal)),
  );
  return events
    .flatMap((event) => Object.entries(event?.metadata?.annotations ?? {}))
    .filter(([name]) => name.startsWith(annotationPrefix))
    .map(([, value]) => undoneSchema.parse(JSON.parse(value)));
}

function eventReference(fault: string, namespace: string): ObjectReference & { namespace: string } {
  return { apiVersion: 'v1', kind: 'Event', namespace, name: `squall-undone-${fault}` };
}
