import { actorOption, apiOption, outputOption, waitExits, waitOptions } from '../common-options.ts';
import { command } from '../declare.ts';

const nameArgument = { name: 'NAME', what: 'of the saved campaign', complete: 'schedule' } as const;
const name = 'redis-on-rollout';

export const scheduleOptions = { ...apiOption, ...outputOption } as const;

export const createScheduleOptions = {
  replace: { kind: 'flag', what: 'takes the place of the one of its name, if there is one' },
  ...apiOption,
  ...outputOption,
} as const;

export const pauseScheduleOptions = {
  reason: { kind: 'text', value: 'TEXT', what: 'why' },
  ...actorOption,
  ...apiOption,
  ...outputOption,
} as const;

export const triggerOptions = {
  ...apiOption,
  ...outputOption,
  wait: { kind: 'flag', what: "follows the run and awaits its end; the exit code is the run's" },
  ...waitOptions,
  'idempotency-key': { kind: 'text', value: 'KEY', what: 'one key stands for one run, however often it is sent' },
} as const;

/** Saved campaigns: what starts them is in docs/triggers.md. */
export const scheduleCommands = [
  command({
    name: 'schedules list',
    group: 'schedules',
    summary: 'the saved campaigns, and what starts them',
    arguments: [],
    options: scheduleOptions,
    examples: [{ words: 'schedules list', what: 'all of them' }],
    run: async (given) => (await import('../schedules.ts')).listSchedules(given),
  }),
  command({
    name: 'schedules get',
    group: 'schedules',
    summary: 'one saved campaign, with its document',
    arguments: [nameArgument],
    options: scheduleOptions,
    examples: [{ words: `schedules get ${name} --output yaml`, what: 'all of it' }],
    run: async (given) => (await import('../schedules.ts')).getSchedule(given),
  }),
  command({
    name: 'schedules create',
    group: 'schedules',
    summary: 'saves a campaign, with what starts it',
    arguments: [{ name: 'FILE', what: 'a document of kind Schedule; - is standard input', complete: 'file' }],
    options: createScheduleOptions,
    examples: [{ words: 'schedules create redis-on-rollout.yaml --replace', what: 'as it is in the file, whatever was there' }],
    run: async (given) => (await import('../schedules.ts')).createSchedule(given),
  }),
  command({
    name: 'schedules pause',
    group: 'schedules',
    summary: 'nothing starts a saved campaign until it is resumed, but a trigger by hand',
    arguments: [nameArgument],
    options: pauseScheduleOptions,
    examples: [{ words: `schedules pause ${name} --reason 'a migration'`, what: 'until it is resumed' }],
    run: async (given) => (await import('../schedules.ts')).pauseSchedule(given),
  }),
  command({
    name: 'schedules resume',
    group: 'schedules',
    summary: 'resumes a saved campaign',
    arguments: [nameArgument],
    options: pauseScheduleOptions,
    examples: [{ words: `schedules resume ${name}`, what: 'from now on' }],
    run: async (given) => (await import('../schedules.ts')).resumeSchedule(given),
  }),
  command({
    name: 'schedules trigger',
    group: 'schedules',
    summary: 'starts a run of a saved campaign now',
    arguments: [nameArgument],
    options: triggerOptions,
    exits: waitExits,
    examples: [{ words: `schedules trigger ${name} --wait`, what: 'and follow it to its end' }],
    run: async (given) => (await import('../schedules.ts')).triggerSchedule(given),
  }),
  command({
    name: 'schedules delete',
    group: 'schedules',
    summary: 'deletes a saved campaign; its runs go on, and are kept',
    arguments: [nameArgument],
    options: apiOption,
    examples: [{ words: `schedules delete ${name}`, what: 'for good' }],
    run: async (given) => (await import('../schedules.ts')).deleteSchedule(given),
  }),
];
