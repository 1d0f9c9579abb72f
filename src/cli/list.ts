import type { RunPage } from '../api/list-runs.ts';
import type { RunResource } from '../api/run-resource.ts';
import { parseDuration } from '../campaign/units.ts';
import { requestJson } from '../client/api.ts';
import { formatDuration, formatNumber } from '../report/format.ts';
import { apiAccess } from './api-access.ts';
import type { listOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { print } from './output.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const largestPage = 200;
/** The API's parameters, by the options. */
const filters = {
  campaign: 'campaign',
  cluster: 'cluster',
  namespace: 'namespace',
  phase: 'phase',
  verdict: 'verdict',
  schedule: 'schedule',
  'score-min': 'scoreMin',
  'score-max': 'scoreMax',
} as const;
const times = {
  'started-after': 'startedAfter',
  'started-before': 'startedBefore',
  'ended-after': 'endedAfter',
  'ended-before': 'endedBefore',
} as const;

/** `squall list` */
export async function list({ options }: Given<typeof listOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const limit = /^[1-9][0-9]{0,5}$/.test(options.limit) ? Number(options.limit) : undefined;
  if (limit === undefined) throw new UsageError(`list: --limit: found ${options.limit}, expected a number of at least 1`, 'list');
  const given = [
    ...entriesOf(filters).flatMap(([option, parameter]): [string, string][] => {
      const value = options[option];
      return value === undefined ? [] : [[parameter, value]];
    }),
    ...entriesOf(times).flatMap(([option, parameter]): [string, string][] => {
      const value = options[option];
      return value === undefined ? [] : [[parameter, timeOf(option, value)]];
    }),
  ];
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

function entriesOf<T extends Record<string, string>>(record: T): [keyof T & string, string][] {
  return Object.entries(record) as [keyof T & string, string][];
}

/** A time as it is written, or how long ago it is. @throws UsageError */
function timeOf(option: string, written: string): string {
  const ago = parseDuration(written);
  if (ago.ok) return new Date(Date.now() - ago.value).toISOString();
  if (/^\d{4}-\d\d-\d\d/.test(written) && !Number.isNaN(Date.parse(written))) return new Date(written).toISOString();
  throw new UsageError(
    `list: --${option}: found ${written}, expected a time such as 2030-01-02T03:04:05Z, or how long ago, such as 24h`,
    'list',
  );
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
