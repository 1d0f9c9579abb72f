import type { RunResource } from '../api/run-resource.ts';
import { requestJson } from '../client/api.ts';
import { apiAccess } from './api-access.ts';
import type { cancelOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { print } from './output.ts';

/** `squall cancel RUN` */
export async function cancel({ words: [id = ''], options }: Given<typeof cancelOptions>): Promise<number> {
  const run = await requestJson<RunResource>(apiAccess(options.api), `/v1/runs/${encodeURIComponent(id)}/cancel`, { method: 'POST' });
  print(options.output, run, () => `${run.id} is being cancelled: its faults are undone first. Follow it: squall watch ${run.id}\n`);
  return 0;
}
