import { setTimeout as delay } from 'node:timers/promises';
import type { RunResource } from '../src/api/run-resource.ts';
import type { Report } from '../src/contracts/report.ts';
import type { ReportSummary } from './ledger/records.ts';

const retryMs = 250;
const pollMs = 700;
const requestTimeoutMs = 15_000;

/** What the API said that no waiting changes. */
export class RunLost extends Error {
  override readonly name = 'RunLost';
}

/**
 * POSTs a document, as often as it takes, always with the same key: it is to become one run.
 * @returns the run's id, once it was acknowledged
 * @throws RunLost when the document is refused
 */
export async function startRun(apiUrl: string, document: string, key: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask(`${apiUrl}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml', 'idempotency-key': `"${key}"` },
      body: document,
    });
    if (answer?.status === 202) return (JSON.parse(answer.body) as RunResource).id;
    if (answer !== undefined && answer.status < 500) throw new RunLost(`POST was answered ${answer.status}: ${answer.body}`);
    await delay(retryMs, undefined, { signal });
  }
}

/**
 * Waits until a run has ended.
 * @returns what its report says; undefined when it goes on still at the time limit
 * @throws RunLost when there is no such run, or it ended without a report
 */
export async function awaitReport(apiUrl: string, id: string, until: () => number): Promise<ReportSummary | undefined> {
  while (Date.now() < until()) {
    const run = await ask(`${apiUrl}/v1/runs/${id}`, {});
    if (run?.status === 404) throw new RunLost(`the run was acknowledged, and is not there: ${run.body}`);
    if (run?.status === 200 && (JSON.parse(run.body) as RunResource).state === 'completed') {
      const report = await ask(`${apiUrl}/v1/runs/${id}/report`, { headers: { accept: 'application/json' } });
      if (report?.status === 200) return summaryOf(JSON.parse(report.body) as Report);
      if (report?.status === 404) throw new RunLost(`the run has ended without a report: ${report.body}`);
    }
    await delay(pollMs);
  }
  return undefined;
}

function summaryOf({ verdict, reason, experiments }: Report): ReportSummary {
  const [experiment] = experiments;
  const injected = experiment !== undefined && experiment.injectedAt !== null;
  return {
    verdict,
    reason,
    injected,
    turns: injected ? 1 + experiment.repeatedAt.length : 0,
    reestablished: experiment?.reestablished.length ?? 0,
    revertedBy: experiment?.revertedBy ?? null,
    revertLateMs: experiment?.revertLateMs ?? null,
    held: heldIn(experiment),
  };
}

function heldIn(experiment: Report['experiments'][number] | undefined): ReportSummary['held'] {
  const { verifiedAt, revertedAt } = experiment ?? {};
  return verifiedAt == null || revertedAt == null ? null : { from: Date.parse(verifiedAt), until: Date.parse(revertedAt) };
}

/** Undefined: nobody answered, or not to the end. */
async function ask(url: string, init: RequestInit): Promise<{ status: number; body: string } | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) });
    return { status: response.status, body: await response.text() };
  } catch {
    // What is being killed does not answer; it is asked again.
    return undefined;
  }
}
