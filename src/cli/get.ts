import type { RunResource } from '../api/run-resource.ts';
import { requestJson } from '../client/api.ts';
import { formatDuration, formatNumber } from '../report/format.ts';
import { paintVerdict } from '../report/paint.ts';
import { apiAccess } from './api-access.ts';
import type { getOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { print } from './output.ts';
import { paintFor } from './terminal.ts';

/** `squall get RUN` */
export async function get({ words: [id = ''], options }: Given<typeof getOptions>): Promise<number> {
  const run = await requestJson<RunResource>(apiAccess(options.api), `/v1/runs/${encodeURIComponent(id)}`);
  print(options.output, run, () => tell(run));
  return 0;
}

function tell(run: RunResource): string {
  const paint = paintFor(process.stdout);
  const took = Date.parse(run.endedAt ?? new Date().toISOString()) - Date.parse(run.startedAt);
  const rows: [string, string | null][] = [
    ['campaign', run.campaign],
    ['target', `${run.cluster ?? '-'}/${run.namespace ?? '-'}`],
    ['phase', run.phase],
    ['verdict', run.verdict === null ? null : paintVerdict(paint, run.verdict)],
    ['score', run.score === null ? null : formatNumber(run.score)],
    ['started', run.startedAt],
    ['ended', run.endedAt],
    ['took', formatDuration(took)],
    ['repeats', run.retryOf],
    ['Web UI', run.links.ui ?? null],
  ];
  const lines = rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}${value}`]));
  return `${paint('strong', run.id)}\n${lines.join('\n')}\n`;
}
