import { ClusterError } from '../../kubernetes/cluster.ts';
import { rootMessage } from '../../root-message.ts';

/**
 * One part of a record, or null when it cannot be read: the gap says why then, since a part that is missing must not be taken for
 * one in which there was nothing.
 */
export async function readPart<T>(what: string, gaps: string[], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    gaps.push(`${what}: ${error instanceof ClusterError && error.status === 403 ? 'forbidden' : rootMessage(error)}`);
    return null;
  }
}
