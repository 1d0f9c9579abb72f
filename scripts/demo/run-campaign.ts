import type { RunResource } from '../../src/api/run-resource.ts';
import { followEvents } from '../../src/client/follow-events.ts';
import { tellEvent } from '../../src/client/tell-event.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { Paint } from '../../src/report/paint.ts';
import { rootMessage } from '../../src/root-message.ts';
import { DemoFailure, exitCodeOfVerdict, exitCodes } from './exit.ts';

export interface RunOutcome {
  run: RunResource;
  report: Report;
  /** from the POST until the first fault was in effect; null: none was */
  secondsToFirstFault: number | null;
}

export interface RunOptions {
  apiUrl: string;
  document: string;
  paint: Paint;
  print: (line: string) => void;
  /** asks for the run to be cancelled; it is followed to its end all the same */
  interruption: AbortSignal;
  /** aborts when the run can't be followed any more */
  lost: AbortSignal;
}

/** Posts a document, tells its run as it goes on, and answers its report. */
export async function runCampaign(options: RunOptions): Promise<RunOutcome> {
  const { apiUrl, paint, print, interruption, lost } = options;
  const postedAt = Date.now();
  const run = await post<RunResource>(`${apiUrl}/v1/runs`, options.document);
  print(`POST /v1/runs: 202, run ${paint('strong', run.id)}`);
  if (run.links.ui !== undefined) print(`in Temporal's Web UI: ${run.links.ui}`);
  const cancel = () => post(`${apiUrl}${run.links.self}/cancel`).catch((error: unknown) => print(`not cancelled: ${rootMessage(error)}`));
  const onInterruption = () => void cancel();
  if (interruption.aborted) onInterruption();
  else interruption.addEventListener('abort', onInterruption, { once: true });
  let secondsToFirstFault: number | null = null;
  try {
    for await (const event of followEvents(`${apiUrl}${run.links.events}`, lost)) {
      if (event.type === 'fault.injected') secondsToFirstFault ??= (Date.parse(event.injectedAt) - postedAt) / 1_000;
      const elapsed = `${((Date.parse(event.at) - postedAt) / 1_000).toFixed(1).padStart(7)} s  `;
      for (const line of tellEvent(event, paint)) print(line === '' ? '' : `${paint('faint', elapsed)}${line}`);
    }
  } catch (error) {
    // Whichever worker takes the run up again is to undo its fault, not to go on with the next.
    await cancel();
    lost.throwIfAborted();
    throw error;
  } finally {
    interruption.removeEventListener('abort', onInterruption);
  }
  return { run, report: await readReport(`${apiUrl}${run.links.report}`), secondsToFirstFault };
}

async function readReport(url: string): Promise<Report> {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  if (response.ok) return (await response.json()) as Report;
  throw new DemoFailure(exitCodeOfVerdict.Error, `the run left no report: ${await response.text()}`);
}

async function post<T>(url: string, document?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    ...(document !== undefined && { body: document, headers: { 'content-type': 'application/yaml' } }),
  });
  if (response.ok) return (await response.json()) as T;
  const code = response.status === 422 ? exitCodes.usage : exitCodes.unreachable;
  throw new DemoFailure(code, `POST ${url}: HTTP ${response.status}: ${await response.text()}`);
}
