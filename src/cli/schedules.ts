import { parse } from 'yaml';
import type { RunResource } from '../api/run-resource.ts';
import type { ScheduleResource } from '../api/schedule-resource.ts';
import { type ApiRequest, request, requestJson } from '../client/api.ts';
import { apiAccess } from './api-access.ts';
import type { createScheduleOptions, pauseScheduleOptions, scheduleOptions, triggerOptions } from './commands/schedules.ts';
import type { apiOption } from './common-options.ts';
import type { Given } from './declare.ts';
import { defaultActor } from './default-actor.ts';
import { ofDocument } from './document-problem.ts';
import { print } from './output.ts';
import { readDocumentFile } from './read-document.ts';
import { keyHeader } from './run.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';
import { readWaiting, waitForEnd } from './wait-for-end.ts';

/** With `document` when it was asked for alone. */
type Schedule = ScheduleResource & { document?: string };

/** `squall schedules list` */
export async function listSchedules({ options }: Given<typeof scheduleOptions>): Promise<number> {
  const { schedules } = await requestJson<{ schedules: Schedule[] }>(apiAccess(options.api), '/v1/schedules');
  print(options.output, schedules, () => (schedules.length === 0 ? 'no saved campaigns\n' : tellAll(schedules)));
  return 0;
}

/** `squall schedules get NAME` */
export async function getSchedule({ words: [name = ''], options }: Given<typeof scheduleOptions>): Promise<number> {
  const schedule = await requestJson<Schedule>(apiAccess(options.api), pathOf(name));
  print(options.output, schedule, () => tell(schedule));
  return 0;
}

/** `squall schedules create FILE` */
export async function createSchedule({ words: [file = '-'], options }: Given<typeof createScheduleOptions>): Promise<number> {
  const document = await readDocumentFile(file);
  const [method, path]: [ApiRequest['method'], string] = options.replace
    ? ['PUT', pathOf(nameIn(document, file))]
    : ['POST', '/v1/schedules'];
  const schedule = await requestJson<Schedule>(apiAccess(options.api), path, { method, body: document, type: 'application/yaml' }).catch(
    (error: unknown) => {
      throw ofDocument(error, file);
    },
  );
  print(options.output, schedule, () => `${schedule.name} is saved: ${startedBy(schedule)}\n`);
  return 0;
}

/** `squall schedules pause NAME` */
export function pauseSchedule(given: Given<typeof pauseScheduleOptions>): Promise<number> {
  return setPaused(given, 'pause');
}

/** `squall schedules resume NAME` */
export function resumeSchedule(given: Given<typeof pauseScheduleOptions>): Promise<number> {
  return setPaused(given, 'resume');
}

async function setPaused({ words: [name = ''], options }: Given<typeof pauseScheduleOptions>, what: 'pause' | 'resume'): Promise<number> {
  const { actor = defaultActor(), reason } = options;
  const json = { actor, ...(reason !== undefined && { reason }) };
  const schedule = await requestJson<Schedule>(apiAccess(options.api), `${pathOf(name)}/${what}`, { method: 'POST', json });
  print(options.output, schedule, () => `${schedule.name}: ${schedule.note ?? (schedule.paused ? 'paused' : 'resumed')}\n`);
  return 0;
}

/** `squall schedules trigger NAME` */
export async function triggerSchedule({ words: [name = ''], options }: Given<typeof triggerOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const waiting = readWaiting('schedules trigger', options);
  const headers = keyHeader(options['idempotency-key']);
  const { run, isNew } = await requestJson<{ run: RunResource; isNew: boolean }>(access, `${pathOf(name)}/trigger`, {
    method: 'POST',
    headers,
  });
  if (options.wait) return waitForEnd(access, run, options.output, waiting);
  print(options.output, run, () => `${run.id}${isNew ? '' : ' (an earlier request had started it)'}\nfollow it: squall watch ${run.id}\n`);
  return 0;
}

/** `squall schedules delete NAME` */
export async function deleteSchedule({ words: [name = ''], options }: Given<typeof apiOption>): Promise<number> {
  await request(apiAccess(options.api), pathOf(name), { method: 'DELETE' });
  process.stdout.write(`${name} is deleted; its runs are kept\n`);
  return 0;
}

function pathOf(name: string): string {
  return `/v1/schedules/${encodeURIComponent(name)}`;
}

/** @throws UsageError when the document has none; the API tells all other mistakes */
function nameIn(document: string, file: string): string {
  let value: unknown;
  try {
    value = parse(document);
  } catch {
    value = undefined;
  }
  const name = (value as { metadata?: { name?: unknown } } | null | undefined)?.metadata?.name;
  if (typeof name === 'string') return name;
  throw new UsageError(`${file}: found no metadata.name, expected a document of kind Schedule`, 'schedules create');
}

function tellAll(schedules: Schedule[]): string {
  const rows = schedules.map((schedule) => [
    schedule.name,
    schedule.campaign,
    `${schedule.cluster}/${schedule.namespace}`,
    schedule.paused ? 'paused' : startedBy(schedule),
    schedule.nextTimes[0] ?? '-',
    schedule.recentRuns.at(-1)?.id ?? '-',
  ]);
  return table([['name', 'campaign', 'on', 'started by', 'next', 'last run by time'], ...rows]);
}

function tell(schedule: Schedule): string {
  const rows: [string, string | null][] = [
    ['campaign', `${schedule.campaign} on ${schedule.cluster}/${schedule.namespace}`],
    ['started', startedBy(schedule)],
    ['paused', schedule.paused ? (schedule.note ?? 'yes') : null],
    ['next', schedule.nextTimes.slice(0, 3).join(', ') || null],
    ['rollout', schedule.rollout?.problem ? `${schedule.rollout.problem.revision}: ${schedule.rollout.problem.reason}` : null],
    ['runs', schedule.recentRuns.map(({ id }) => id).join(', ') || null],
  ];
  const lines = rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}${value}`]));
  return `${schedule.name}\n${lines.join('\n')}\n${schedule.document === undefined ? '' : `\n${schedule.document}`}`;
}

function startedBy({ triggers: { cron, calendar, intervals, onRollout, webhook }, timeZone }: Schedule): string {
  const times = cron.length + calendar.length + intervals.length;
  const ways = [
    ...(times === 0 ? [] : [cron.length === times ? `${cron.join(' and ')} (${timeZone})` : `${times} ${times === 1 ? 'time' : 'times'}`]),
    ...(onRollout === null ? [] : [`rollouts of ${onRollout.kind} ${onRollout.name}`]),
    ...(webhook ? ['its webhook'] : []),
  ];
  return ways.length === 0 ? 'started by hand alone' : ways.join(', ');
}
