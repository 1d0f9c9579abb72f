import type { RunPage } from '../api/list-runs.ts';
import type { RunResource } from '../api/run-resource.ts';
import { requestJson } from '../client/api.ts';
import { formatDuration, formatNumber } from '../report/format.ts';
import { apiAccess } from './api-access.ts';
import type { listOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { print } from './output.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const largestPage = 200;
const filters = ['campaign', 'cluster', 'namespace', 'phase', 'verdict'] as const;

/** `squall list` */
export async function list({ options }: Given<typeof listOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const limit = /^[1-9][0-9]{0,5}$/.test(options.limit) ? Number(options.limit) : undefined;
  if (limit === undefined) throw new UsageError(`list: --limit: found ${options.limit}, expected a number of at least 1`, 'list');
  const given = filters.flatMap((filter): [string, string][] => (options[filter] === undefined ? [] : [[filter, options[filter]]]));
  const runs: RunResource[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams([...given, ['limit', String(Math.min(limit - runs.length, largestPage))]]);
    if (cursor !== null) query.set('cursor', cursor);
    const page: RunPage = await requestJson<RunPage>(access, `/v1/runs?${query}`);
    runs.push(...page.runs);
    cursor = page.nextCursor;
  } while (cursor !== null && runs.length < limit);
  print(options.output, runs, () => (runs.length === 0 ? 'no runs\n' : tell(runs)));
  return 0;
}

function tell(runs: RunResource[]): string {
  const now = Date.now();
  const rows = runs.map(({ id, cluster, namespace, phase, verdict, score, startedAt, endedAt }) => [
    id,
    `${cluster ?? '-'}/${namespace ?? '-'}`,
    phase ?? '-',
    verdict ?? '-',
    score === null ? '-' : formatNumber(score),
    startedAt.replace(/\.\d+Z$/, 'Z'),
    formatDuration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)),
  ]);
  return table([['run', 'on', 'phase', 'verdict', 'score', 'started', 'took'], ...rows]);
}
