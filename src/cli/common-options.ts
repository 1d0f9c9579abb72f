/** Options that many commands have. */
export const outputOption = {
  output: { kind: 'text', value: 'FORMAT', choices: ['table', 'json', 'yaml'], default: 'table', what: 'table, json or yaml' },
} as const;

export const apiOption = {
  api: { kind: 'text', value: 'URL', what: 'where the API is; else SQUALL_API_URL, else http://127.0.0.1:7400' },
} as const;

export const directOption = {
  direct: { kind: 'flag', what: 'straight by Temporal (TEMPORAL_ADDRESS), also where an API is configured' },
} as const;

export const actorOption = {
  actor: { kind: 'text', value: 'NAME', what: 'who asks; else user@host' },
} as const;

export const clusterOption = {
  cluster: { kind: 'text', value: 'NAME', what: 'one cluster; else all' },
} as const;

/** Of commands that wait for a run's end. */
export const waitOptions = {
  gate: { kind: 'text', value: 'SCORE', what: 'the least score, 0 to 100, that passes; beside the gate of the document' },
  'cancel-on-interrupt': { kind: 'flag', what: 'Ctrl-C (or SIGTERM) cancels the run, and its end is awaited; else the run goes on' },
  'give-up-after': {
    kind: 'text',
    value: 'DURATION',
    default: '10m',
    what: 'how long an API that does not answer any more is tried again',
  },
  report: { kind: 'text', value: 'FORMAT=FILE', many: true, what: 'writes the report at the end: json, text, html, markdown or junit' },
} as const;

export const waitExits = [
  [0, 'passed'],
  [2, 'failed, or below the gate'],
  [3, 'aborted'],
  [4, 'error: the chaos itself could not be done'],
  [130, 'interrupted; the run goes on'],
] as const;
