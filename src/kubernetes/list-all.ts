import type { ConfigurationOptions } from '@kubernetes/client-node';
import { ClusterError } from './cluster.ts';
import type { Connection } from './connection.ts';

const pageSize = 500;

interface Page<T> {
  items: T[];
  metadata?: { _continue?: string };
}

/** Every item of a list, page by page. */
export async function listAll<T>(
  connection: Connection,
  operation: string,
  signal: AbortSignal | undefined,
  page: (range: { limit?: number; _continue?: string }, options: ConfigurationOptions) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let _continue: string | undefined;
  do {
    const range = _continue === undefined ? { limit: pageSize } : { limit: pageSize, _continue };
    try {
      const answer = await connection.call(operation, signal, (options) => page(range, options));
      items.push(...answer.items);
      _continue = answer.metadata?._continue || undefined;
    } catch (error) {
      // The place to go on from has expired: only the whole list at once is consistent.
      if (!(error instanceof ClusterError && error.status === 410 && _continue !== undefined)) throw error;
      return (await connection.call(operation, signal, (options) => page({}, options))).items;
    }
  } while (_continue !== undefined);
  return items;
}
