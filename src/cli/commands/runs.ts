import { apiOption, outputOption, waitExits, waitOptions } from '../common-options.ts';
import { command } from '../declare.ts';

const runArgument = { name: 'RUN', what: "the run's id", complete: 'run' } as const;

export const runOptions = {
  ...apiOption,
  ...outputOption,
  wait: { kind: 'flag', what: "follows the run and awaits its end; the exit code is the run's" },
  ...waitOptions,
  seed: { kind: 'text', value: 'SEED', what: 'what random choices are made from' },
  'idempotency-key': { kind: 'text', value: 'KEY', what: 'one key stands for one run, however often it is sent' },
} as const;

export const watchOptions = { ...apiOption, ...outputOption, ...waitOptions } as const;

export const listOptions = {
  ...apiOption,
  ...outputOption,
  campaign: { kind: 'text', value: 'NAME', what: 'of this campaign' },
  cluster: { kind: 'text', value: 'NAME', what: 'on this cluster' },
  namespace: { kind: 'text', value: 'NAME', what: 'in this namespace' },
  phase: {
    kind: 'text',
    value: 'PHASE',
    choices: ['Planning', 'Queued', 'Baseline', 'Running', 'Paused', 'Undoing', 'Validating', 'Reporting', 'Completed'],
    what: 'in this phase',
  },
  verdict: { kind: 'text', value: 'VERDICT', choices: ['Passed', 'Failed', 'Aborted', 'Error'], what: 'with this verdict' },
  schedule: { kind: 'text', value: 'NAME', what: 'of this saved campaign', complete: 'schedule' },
  'score-min': { kind: 'text', value: 'SCORE', what: 'with at least this score' },
  'score-max': { kind: 'text', value: 'SCORE', what: 'with at most this score' },
  'started-after': { kind: 'text', value: 'TIME', what: 'started then or later: 2030-01-02T03:04:05Z, or 24h for that long ago' },
  'started-before': { kind: 'text', value: 'TIME', what: 'started before it' },
  'ended-after': { kind: 'text', value: 'TIME', what: 'ended then or later' },
  'ended-before': { kind: 'text', value: 'TIME', what: 'ended before it' },
  limit: { kind: 'text', value: 'N', default: '50', what: 'how many at most' },
} as const;

export const getOptions = { ...apiOption, ...outputOption } as const;
export const cancelOptions = { ...apiOption, ...outputOption } as const;

export const retryOptions = {
  ...apiOption,
  ...outputOption,
  wait: { kind: 'flag', what: "follows the new run and awaits its end; the exit code is the run's" },
  ...waitOptions,
  'idempotency-key': { kind: 'text', value: 'KEY', what: 'one key stands for one run, however often it is sent' },
} as const;

export const reportOptions = {
  ...apiOption,
  output: {
    kind: 'text',
    value: 'FORMAT',
    choices: ['table', 'json', 'yaml', 'html', 'markdown', 'junit'],
    default: 'table',
    what: 'table (text), json, yaml, html, markdown or junit',
  },
} as const;

export const compareOptions = { ...apiOption, ...outputOption } as const;

const waiting = `On a terminal the run is shown as a tree with timers; elsewhere, and where \`CI\` is set, as plain lines; with
\`--output json\` as its events, a line each. When the API goes away it is tried again, and the run is taken up where it was.`;

export const runCommands = [
  command({
    name: 'run',
    group: 'runs',
    summary: 'starts a run of a campaign; with --wait, follows it to its end and exits by its verdict',
    details: `Without \`--wait\` it prints the run's id and ends. ${waiting}`,
    arguments: [{ name: 'FILE', what: 'the campaign, or a ChaosEngine; - is standard input', complete: 'file' }],
    options: runOptions,
    exits: waitExits,
    examples: [
      { words: 'run campaign.yaml', what: 'start it' },
      { words: 'run campaign.yaml --wait --gate 80', what: 'a gate of a deploy: exits 0 when it passed with a score of 80 or more' },
      { words: 'run campaign.yaml --wait --report junit=report.xml --report html=report.html', what: 'and keep the report' },
      { words: 'run - --wait --output json < campaign.yaml', what: 'its events as JSON, a line each' },
    ],
    run: async (given) => (await import('../run.ts')).run(given),
  }),
  command({
    name: 'list',
    group: 'runs',
    summary: 'runs: those that go on first, then those that ended, latest first',
    arguments: [],
    options: listOptions,
    examples: [
      { words: 'list', what: 'the latest' },
      { words: 'list --campaign redis-survives --verdict Failed', what: 'the failed ones of a campaign' },
      { words: 'list --started-after 24h --score-max 80', what: 'what did badly since yesterday' },
    ],
    run: async (given) => (await import('../list.ts')).list(given),
  }),
  command({
    name: 'get',
    group: 'runs',
    summary: 'one run: its phase, verdict, score, links',
    arguments: [runArgument],
    options: getOptions,
    examples: [{ words: 'get redis-survives-k3v9x2mp', what: 'see it' }],
    run: async (given) => (await import('../get.ts')).get(given),
  }),
  command({
    name: 'watch',
    group: 'runs',
    summary: 'follows a run from its beginning to its end, and exits by its verdict',
    details: waiting,
    arguments: [runArgument],
    options: watchOptions,
    exits: waitExits,
    examples: [
      { words: 'watch redis-survives-k3v9x2mp', what: 'follow it' },
      { words: 'watch redis-survives-k3v9x2mp --output json', what: 'its events, a line each' },
    ],
    run: async (given) => (await import('../watch.ts')).watch(given),
  }),
  command({
    name: 'cancel',
    group: 'runs',
    summary: 'cancels a run: its faults are undone first, and it still reports',
    arguments: [runArgument],
    options: cancelOptions,
    examples: [{ words: 'cancel redis-survives-k3v9x2mp', what: 'end it' }],
    run: async (given) => (await import('../cancel.ts')).cancel(given),
  }),
  command({
    name: 'retry',
    group: 'runs',
    summary: 'a new run of the same document with the same seed',
    arguments: [runArgument],
    options: retryOptions,
    exits: waitExits,
    examples: [{ words: 'retry redis-survives-k3v9x2mp --wait', what: 'once more, to its end' }],
    run: async (given) => (await import('../run.ts')).retry(given),
  }),
  command({
    name: 'report',
    group: 'runs',
    summary: 'the report of a run that has ended',
    arguments: [runArgument],
    options: reportOptions,
    examples: [
      { words: 'report redis-survives-k3v9x2mp', what: 'as text' },
      { words: 'report redis-survives-k3v9x2mp --output html > report.html', what: 'for a browser' },
      { words: 'report redis-survives-k3v9x2mp --output junit > report.xml', what: 'for a CI server' },
    ],
    run: async (given) => (await import('../report.ts')).report(given),
  }),
  command({
    name: 'compare',
    group: 'runs',
    summary: 'a run beside an earlier one of the same campaign: what is better, and what is worse',
    details: `Probe by probe, by tests of their samples: a difference is one only where chance is an unlikely explanation, all tests taken
together. It is worse, too, when something passed that does not any more.`,
    arguments: [
      { name: 'BEFORE', what: "the earlier run's id", complete: 'run' },
      { name: 'AFTER', what: "the later run's id", complete: 'run' },
    ],
    options: compareOptions,
    exits: [
      [0, 'better, or no difference is shown'],
      [2, 'worse'],
    ],
    examples: [
      { words: 'compare redis-survives-a7m2q4kd redis-survives-k3v9x2mp', what: 'what the later one does better and worse' },
      { words: 'compare redis-survives-a7m2q4kd redis-survives-k3v9x2mp --output json', what: 'with every figure' },
    ],
    run: async (given) => (await import('../compare.ts')).compare(given),
  }),
  command({
    name: 'audit',
    group: 'runs',
    summary: 'who asked for what in a run, and what was done: from its history, as JSON, a line each',
    arguments: [runArgument],
    options: apiOption,
    examples: [{ words: 'audit redis-survives-k3v9x2mp > audit.ndjson', what: 'for the records' }],
    run: async (given) => (await import('../audit.ts')).audit(given),
  }),
];
