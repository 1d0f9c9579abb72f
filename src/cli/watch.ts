import type { RunResource } from '../api/run-resource.ts';
import { requestJson } from '../client/api.ts';
import { apiAccess } from './api-access.ts';
import type { watchOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { readWaiting, waitForEnd } from './wait-for-end.ts';

/** `squall watch RUN` */
export async function watch({ words: [id = ''], options }: Given<typeof watchOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const waiting = readWaiting('watch', options);
  const run = await requestJson<RunResource>(access, `/v1/runs/${encodeURIComponent(id)}`);
  return waitForEnd(access, run, options.output, waiting);
}
