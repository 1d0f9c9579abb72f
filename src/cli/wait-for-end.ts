import { writeFileSync } from 'node:fs';
import type { RunResource } from '../api/run-resource.ts';
import { parseDuration } from '../campaign/units.ts';
import { type ApiAccess, ApiUnreachable, requestJson } from '../client/api.ts';
import { followEvents } from '../client/follow-events.ts';
import type { Report } from '../contracts/report.ts';
import type { RunEvent } from '../contracts/run-event.ts';
import { formatNumber } from '../report/format.ts';
import { rootMessage } from '../root-message.ts';
import type { waitOptions } from './common-options.ts';
import type { Given } from './declare.ts';
import { exitCodeOfVerdict, exitCodes } from './exit-codes.ts';
import { type OutputFormat, say } from './output.ts';
import { openProgress } from './progress/open-progress.ts';
import type { Progress } from './progress/progress.ts';
import { type ReportFormat, readReportAs, reportText, reportTypes } from './report.ts';
import { UsageError } from './usage-error.ts';

/** How a run is waited for. */
export interface Waiting {
  /** null: the document's own gate alone */
  gate: number | null;
  cancelOnInterrupt: boolean;
  giveUpAfterMs: number;
  reports: { format: ReportFormat; file: string }[];
}

type Finished = Extract<RunEvent, { type: 'run.finished' }>;

/** @throws UsageError */
export function readWaiting(command: string, options: Given<typeof waitOptions>['options']): Waiting {
  const wrong = (option: string, found: string, expected: string) =>
    new UsageError(`${command}: --${option}: found ${found}, expected ${expected}`, command);
  const { gate } = options;
  if (gate !== undefined && (!/^\d+(\.\d+)?%?$/.test(gate) || Number.parseFloat(gate) > 100))
    throw wrong('gate', gate, 'a score, 0 to 100');
  const giveUp = parseDuration(options['give-up-after'], { minMs: 0 });
  if (!giveUp.ok) throw wrong('give-up-after', giveUp.found, giveUp.expected);
  const reports = options.report.map((written) => {
    const [, format = '', file = ''] = /^([a-z]+)=(.+)$/.exec(written) ?? [];
    if (!Object.hasOwn(reportTypes, format))
      throw wrong('report', written, `FORMAT=FILE, FORMAT one of ${Object.keys(reportTypes).join(', ')}`);
    return { format: format as ReportFormat, file };
  });
  return {
    gate: gate === undefined ? null : Number.parseFloat(gate),
    cancelOnInterrupt: options['cancel-on-interrupt'],
    giveUpAfterMs: giveUp.value,
    reports,
  };
}

/** Follows a run to its end, tells it as it goes, and answers the exit code of its verdict. */
export async function waitForEnd(access: ApiAccess, run: RunResource, output: OutputFormat, waiting: Waiting): Promise<number> {
  const stop = new AbortController();
  const progress = openProgress(output, run);
  const interruption = onInterruption(() => interrupt(access, run, waiting, progress, stop));
  try {
    const finished = await follow(access, run, waiting, progress, stop.signal);
    progress.end();
    return await conclude(access, run, finished, output, waiting);
  } catch (error) {
    progress.end();
    if (stop.signal.aborted) return interruption.exitCode();
    if (error instanceof ApiUnreachable) say(`the run goes on without being watched. Follow it: squall watch ${run.id}`);
    throw error;
  } finally {
    interruption.remove();
  }
}

async function follow(access: ApiAccess, run: RunResource, waiting: Waiting, progress: Progress, signal: AbortSignal): Promise<Finished> {
  const events = followEvents(`${access.url}${run.links.events}`, signal, {
    token: access.token,
    giveUpAfterMs: waiting.giveUpAfterMs,
    onLost: (why) => progress.note(`the API is away (${why}); the run goes on. Trying again`),
    onBack: () => progress.note('the API is back'),
  });
  for await (const event of events) {
    progress.tell(event);
    if (event.type === 'run.finished') return event;
  }
  throw new Error(`the events of run ${run.id} ended without its end`);
}

/** The first Ctrl-C leaves the run to itself, or cancels it and stays until all is undone; the second leaves in any case. */
function interrupt(access: ApiAccess, run: RunResource, waiting: Waiting, progress: Progress, stop: AbortController): void {
  if (!waiting.cancelOnInterrupt) {
    stop.abort();
    progress.end();
    say(`run ${run.id} goes on. Follow it: squall watch ${run.id}; cancel it: squall cancel ${run.id}`);
    return;
  }
  progress.note('cancelling the run: its faults are undone first. Once more leaves it to itself');
  requestJson(access, `${run.links.self}/cancel`, { method: 'POST' }).catch((error: unknown) =>
    progress.note(`not cancelled: ${rootMessage(error)}`),
  );
  waiting.cancelOnInterrupt = false;
}

interface Interruption {
  /** 130 after Ctrl-C, 143 after SIGTERM */
  exitCode(): number;
  remove(): void;
}

function onInterruption(act: () => void): Interruption {
  let code: number = exitCodes.interrupted;
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const listener = () => {
      code = signal === 'SIGINT' ? exitCodes.interrupted : 143;
      act();
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    exitCode: () => code,
    remove() {
      for (const { signal, listener } of listeners) process.removeListener(signal, listener);
    },
  };
}

async function conclude(access: ApiAccess, run: RunResource, finished: Finished, output: OutputFormat, waiting: Waiting): Promise<number> {
  const { verdict, score, reason } = finished;
  if (verdict === null) {
    say(`the run ${finished.ending} without a report: ${reason}`);
    return exitCodes.error;
  }
  const report = await requestJson<Report>(access, run.links.report).catch((error: unknown) => {
    say(`the report could not be read: ${rootMessage(error)}`);
    return null;
  });
  if (report !== null && output === 'table') process.stdout.write(`\n${reportText(report)}`);
  for (const { format, file } of waiting.reports) {
    writeFileSync(file, await readReportAs(access, run.links.report, format));
  }
  if (verdict !== 'Passed') return exitCodeOfVerdict[verdict];
  const belowGate = waiting.gate !== null && (score === null || score < waiting.gate);
  if (belowGate) {
    say(
      score === null
        ? 'the gate is not passed: there is no score'
        : `the gate is not passed: the score ${formatNumber(score)} is below ${waiting.gate}`,
    );
    return exitCodes.failed;
  }
  if (report?.gate?.passed === false) {
    say(`the gate of the document is not passed: the score is below ${report.gate.threshold}`);
    return exitCodes.failed;
  }
  return exitCodes.done;
}
