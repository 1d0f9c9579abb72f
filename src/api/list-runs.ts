import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { z } from 'zod';
import { searchAttributes, workflowTypes } from '../contracts/names.ts';
import type { Verdict } from '../contracts/report.ts';
import type { Phase } from '../contracts/run.ts';
import { Problem } from './problem.ts';
import { type LinkBase, type RunResource, runResource } from './run-resource.ts';

const phases = Object.keys({
  Planning: true,
  Queued: true,
  Baseline: true,
  Running: true,
  Paused: true,
  Undoing: true,
  Validating: true,
  Reporting: true,
  Completed: true,
} satisfies Record<Phase, true>);
const verdicts = Object.keys({ Passed: true, Failed: true, Aborted: true, Error: true } satisfies Record<Verdict, true>);

// A name of this form needs no escaping in a visibility query.
const name = z
  .string({ error: 'one name' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, { error: 'a name of letters, digits, ".", "_" and "-"' });

const defaultLimit = 50;
const largestLimit = 200;

export const listQuery = z.strictObject({
  campaign: name.optional(),
  cluster: name.optional(),
  namespace: name.optional(),
  phase: z.enum(phases, { error: `one of ${phases.join(', ')}` }).optional(),
  verdict: z.enum(verdicts, { error: `one of ${verdicts.join(', ')}` }).optional(),
  limit: z
    .string({ error: 'one number' })
    .regex(/^[0-9]{1,3}$/, { error: `a number, 1 to ${largestLimit}` })
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= largestLimit, { error: `a number, 1 to ${largestLimit}` })
    .default(defaultLimit),
  cursor: z.string({ error: 'one cursor' }).optional(),
});

export interface RunPage {
  runs: RunResource[];
  /** for the parameter `cursor`; null: this is the last page */
  nextCursor: string | null;
}

/**
 * A page of runs, those that go on first, then by their end, latest first. Temporal's visibility lags a little behind the runs.
 *
 * @throws Problem 400: the cursor is not of this list
 */
export async function listRuns(client: Client, query: z.infer<typeof listQuery>, base: LinkBase): Promise<RunPage> {
  const visibilityQuery = toVisibilityQuery(query);
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

function toVisibilityQuery(query: z.infer<typeof listQuery>): string {
  const filters = (['campaign', 'cluster', 'namespace', 'phase', 'verdict'] as const).flatMap((filter) => {
    const value = query[filter];
    return value === undefined ? [] : [`${searchAttributes[filter].name} = '${value}'`];
  });
  // A run that continued as new is the execution it is in now.
  return [`WorkflowType = '${workflowTypes.campaign}'`, "ExecutionStatus != 'ContinuedAsNew'", ...filters].join(' AND ');
}

/** Temporal's page token goes with the query it came from: with another it would skip runs silently. */
export function encodeCursor(token: Uint8Array, visibilityQuery: string): string {
  return `${fingerprint(visibilityQuery)}.${Buffer.from(token).toString('base64url')}`;
}

/** @throws Problem 400 */
export function decodeCursor(cursor: string, visibilityQuery: string): Uint8Array {
  const [, mark, token] = /^([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/.exec(cursor) ?? [];
  if (token !== undefined && mark === fingerprint(visibilityQuery)) return Buffer.from(token, 'base64url');
  const detail = 'cursor: expected the nextCursor of a page that was asked for with the same filters.';
  throw new Problem(400, 'invalid-cursor', 'The cursor is not of this list', detail);
}

function fingerprint(visibilityQuery: string): string {
  return createHash('sha256').update(visibilityQuery).digest('hex').slice(0, 8);
}
