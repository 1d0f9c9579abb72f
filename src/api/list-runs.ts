import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import type { z } from 'zod';
import type { Principal } from './auth/principal.ts';
import { type ListQuery, visibilityQueryOf } from './list-query.ts';
import { Problem } from './problem.ts';
import { type LinkBase, runResource } from './run-resource.ts';
import type { runPage } from './schemas/run.ts';

export type RunPage = z.output<typeof runPage>;

/**
 * A page of runs, those that go on first, then by their end, latest first. Temporal's visibility lags a little behind the runs.
 *
 * @throws Problem 400: the cursor is not of this list
 */
export async function listRuns(client: Client, query: ListQuery, base: LinkBase, caller: Principal): Promise<RunPage> {
  const visibilityQuery = visibilityQueryOf(query, caller);
  const { namespace } = client.options;
  const page = await client.workflowService.listWorkflowExecutions({
    namespace,
    query: visibilityQuery,
    pageSize: query.limit,
    nextPageToken: query.cursor === undefined ? new Uint8Array() : decodeCursor(query.cursor, visibilityQuery),
  });
  const runs = await Promise.all(
    page.executions.map(async (raw) => {
      const info = await executionInfoFromRaw(raw, client.options.loadedDataConverter, raw, namespace);
      return runResource(info, base);
    }),
  );
  return { runs, nextCursor: page.nextPageToken.length === 0 ? null : encodeCursor(page.nextPageToken, visibilityQuery) };
}

/**
 * Temporal's page token goes with the query it came from: with another it would skip runs silently. And with a mark of both, since
 * a token that was changed on the way would be tried for as long as the request lasts.
 */
export function encodeCursor(token: Uint8Array, visibilityQuery: string): string {
  const text = Buffer.from(token).toString('base64url');
  return `${markOf(text, visibilityQuery)}.${text}`;
}

/** @throws Problem 400 */
export function decodeCursor(cursor: string, visibilityQuery: string): Uint8Array {
  const [, mark, token] = /^([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/.exec(cursor) ?? [];
  if (token !== undefined && mark === markOf(token, visibilityQuery)) return Buffer.from(token, 'base64url');
  const detail = 'cursor: expected the nextCursor of a page that was asked for with the same filters.';
  throw new Problem(400, 'invalid-cursor', 'The cursor is not of this list', detail);
}

function markOf(token: string, visibilityQuery: string): string {
  return createHash('sha256')
    .update(JSON.stringify([token, visibilityQuery]))
    .digest('hex')
    .slice(0, 16);
}
