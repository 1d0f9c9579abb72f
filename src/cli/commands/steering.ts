import { actorOption, apiOption, directOption, outputOption } from '../common-options.ts';
import { type ArgumentDeclaration, type Command, command, type Options } from '../declare.ts';

const runArgument: ArgumentDeclaration = { name: 'RUN', what: "the run's id", complete: 'run' };
const experimentArgument: ArgumentDeclaration = { name: 'EXPERIMENT', what: 'its name' };

const ways = { ...apiOption, ...directOption, ...outputOption } as const;
export const statusOptions = ways;

const who = { ...actorOption, reason: { kind: 'text', value: 'TEXT', what: 'why' } } as const;

/** All that a steering request may be given; each command has some of it. */
export type SteeringOptions = typeof ways & typeof who & typeof own;

const own = {
  faults: {
    kind: 'text',
    value: 'WHAT',
    choices: ['undo', 'hold'],
    what: 'what becomes of faults under way: undo (until it is resumed), or hold',
  },
  by: { kind: 'text', value: 'HOW', what: 'how' },
  reject: { kind: 'flag', what: 'the answer is no' },
} as const;

const details = `Goes by the API when one is configured (\`--api\` or \`SQUALL_API_URL\`), else straight to Temporal, as it does with \`--direct\`:
it works while the API is down. The wish is in the run's history, with who asked and why.`;

interface Form {
  name: 'pause' | 'resume' | 'abort' | 'approve' | 'extend' | 'skip' | 'retry-experiment' | 'settle-undo';
  summary: string;
  experiment?: true;
  options?: Options;
  examples: Command['examples'];
}

const run = 'redis-survives-k3v9x2mp';

const forms: readonly Form[] = [
  {
    name: 'pause',
    summary: 'nothing new begins in a run until it is resumed',
    options: { faults: own.faults },
    examples: [
      { words: `pause ${run} --reason 'a deploy'`, what: 'faults under way are undone until it is resumed' },
      { words: `pause ${run} --faults hold`, what: 'faults under way go on to their own end' },
    ],
  },
  {
    name: 'resume',
    summary: 'a paused run goes on; what the pause undid is injected anew',
    examples: [{ words: `resume ${run}`, what: 'go on' }],
  },
  {
    name: 'abort',
    summary: 'undoes everything of a run and ends it',
    examples: [{ words: `abort ${run} --reason 'customers see errors'`, what: 'the reason is needed' }],
  },
  {
    name: 'approve',
    summary: 'answers the approval a run waits for',
    options: { reject: own.reject },
    examples: [
      { words: `approve ${run}`, what: 'yes' },
      { words: `approve ${run} --reject --reason 'not on a Friday'`, what: 'no' },
    ],
  },
  {
    name: 'extend',
    summary: "an experiment's fault holds longer",
    experiment: true,
    options: { by: { ...own.by, value: 'DURATION', what: 'how much longer, at most 24h; needed' } },
    examples: [{ words: `extend ${run} slow-network --by 30s`, what: 'half a minute more' }],
  },
  {
    name: 'skip',
    summary: 'an experiment is undone and ends, or is not begun',
    experiment: true,
    examples: [{ words: `skip ${run} slow-network`, what: 'go on with the next' }],
  },
  {
    name: 'retry-experiment',
    summary: 'a failed experiment begins once more, while its run is paused',
    experiment: true,
    examples: [{ words: `retry-experiment ${run} slow-network`, what: 'once more' }],
  },
  {
    name: 'settle-undo',
    summary: 'settles an undo that does not succeed',
    experiment: true,
    options: {
      by: {
        ...own.by,
        choices: ['force', 'acknowledge'],
        what: 'force (what bears the fault is deleted), or acknowledge (a person takes it on); needed',
      },
    },
    examples: [{ words: `settle-undo ${run} slow-network --by force --reason 'the node is gone'`, what: 'the reason is needed' }],
  },
];

export const steeringCommands: readonly Command[] = [
  command({
    name: 'status',
    group: 'steering',
    summary: 'where a run is, experiment by experiment, as its workflow says',
    details: `Goes by the API when one is configured (\`--api\` or \`SQUALL_API_URL\`), else straight to Temporal, as it does with \`--direct\`.`,
    arguments: [runArgument],
    options: statusOptions,
    examples: [{ words: `status ${run}`, what: 'see it' }],
    run: async (given) => (await import('../steer.ts')).showStatus(given),
  }),
  ...forms.map(({ name, summary, experiment, options = {}, examples }) =>
    command<Options>({
      name,
      group: 'steering',
      summary,
      details,
      arguments: experiment ? [runArgument, experimentArgument] : [runArgument],
      options: { ...options, ...who, ...ways },
      examples,
      run: async (given) => (await import('../steer.ts')).sendRequest(name, given),
    }),
  ),
];
