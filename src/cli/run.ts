import type { RunResource } from '../api/run-resource.ts';
import { type ApiAccess, requestJson } from '../client/api.ts';
import type { Warning } from '../contracts/campaign.ts';
import { apiAccess } from './api-access.ts';
import type { retryOptions, runOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { ofDocument } from './document-problem.ts';
import { print, say } from './output.ts';
import { readDocumentFile } from './read-document.ts';
import { readWaiting, waitForEnd } from './wait-for-end.ts';

type Started = RunResource & { warnings: Warning[] };

/** `squall run FILE` */
export async function run({ words: [file = '-'], options }: Given<typeof runOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const waiting = readWaiting('run', options);
  const document = await readDocumentFile(file);
  const query = options.seed === undefined ? '' : `?seed=${encodeURIComponent(options.seed)}`;
  const started = await requestJson<Started>(access, `/v1/runs${query}`, {
    method: 'POST',
    body: document,
    type: 'application/yaml',
    headers: keyHeader(options['idempotency-key']),
  }).catch((error: unknown) => {
    throw ofDocument(error, file);
  });
  return tellStarted(access, started, options, waiting);
}

/** `squall retry RUN` */
export async function retry({ words: [id = ''], options }: Given<typeof retryOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const waiting = readWaiting('retry', options);
  const path = `/v1/runs/${encodeURIComponent(id)}/retry`;
  const started = await requestJson<Started>(access, path, { method: 'POST', headers: keyHeader(options['idempotency-key']) });
  return tellStarted(access, started, options, waiting);
}

async function tellStarted(
  access: ApiAccess,
  started: Started,
  { wait, output }: Pick<Given<typeof runOptions>['options'], 'wait' | 'output'>,
  waiting: ReturnType<typeof readWaiting>,
): Promise<number> {
  const warnings = started.warnings ?? [];
  for (const { path, line, message } of warnings) say(`warning: ${line === undefined ? '' : `line ${line} `}${path}: ${message}`);
  if (wait) return waitForEnd(access, started, output, waiting);
  print(output, started, () => {
    const ui = started.links.ui === undefined ? '' : `in Temporal's Web UI: ${started.links.ui}\n`;
    return `${started.id}\n${ui}follow it: squall watch ${started.id}\n`;
  });
  return 0;
}

/** What makes a request that is repeated have one effect. */
export function keyHeader(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { 'idempotency-key': `"${key.replaceAll('"', '')}"` };
}
