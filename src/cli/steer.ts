import type { RunStatus } from '../contracts/control.ts';
import { type RequestName, readRequest, requests } from '../control/requests.ts';
import { readStatus, type Steered, steer } from '../control/steer.ts';
import { defaultActor } from './default-actor.ts';
import { readOptions, readOutput } from './options.ts';
import type { SteeringName } from './steering-names.ts';
import { tellStatus } from './tell-status.ts';
import { connectTemporal } from './temporal-client.ts';
import { UsageError } from './usage-error.ts';

const text = { type: 'string' } as const;
const common = { actor: text, reason: text, output: { type: 'string', default: 'table' } } as const;
const own = { faults: text, by: text, reject: { type: 'boolean' } } as const;

interface Form {
  /** words after the run's id, by the field they are */
  words: readonly string[];
  options: readonly (keyof typeof own)[];
}

const forms: Record<RequestName, Form> = {
  pause: { words: [], options: ['faults'] },
  resume: { words: [], options: [] },
  abort: { words: [], options: [] },
  approve: { words: [], options: ['reject'] },
  extend: { words: ['experiment'], options: ['by'] },
  skip: { words: ['experiment'], options: [] },
  'retry-experiment': { words: ['experiment'], options: [] },
  'settle-undo': { words: ['experiment'], options: ['by'] },
};

type Command = (argv: string[]) => Promise<number>;

/** A command that steers a run, straight by Temporal. 1: it was not done; 69: nobody answers. */
export function steeringCommand(name: SteeringName): Command {
  return name === 'status' ? showStatus : (argv) => send(name, argv);
}

async function send(name: RequestName, argv: string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, { ...common, ...own });
  const output = readOutput(values.output);
  const { words, options } = forms[name];
  for (const option of Object.keys(own) as (keyof typeof own)[]) {
    if (values[option] !== undefined && !options.includes(option))
      throw new UsageError(`${name}: found --${option}, which it does not take`);
  }
  const [run, ...rest] = readWords(name, positionals, ['RUN', ...words.map((word) => word.toUpperCase())]);
  const request = {
    actor: values.actor ?? defaultActor(),
    ...(values.reason !== undefined && { reason: values.reason }),
    ...(values.faults !== undefined && { faults: values.faults }),
    ...(values.by !== undefined && { by: values.by }),
    ...(values.reject !== undefined && { approved: !values.reject }),
    ...Object.fromEntries(words.map((word, position) => [word, rest[position]])),
  };
  const read = readRequest(name, request);
  if (!read.ok) {
    const mistakes = read.mistakes.map(({ path, found, expected }) => `--${path}: found ${found}, expected ${expected}`);
    throw new UsageError(`${name}: ${mistakes.join('; ')}`);
  }
  await using temporal = await connectTemporal();
  const steered = await steer(temporal.client, run, requests[name], read.input, { acceptMs: 10_000, resultMs: 20_000 });
  return tellSteered(run, steered, output);
}

function tellSteered(run: string, steered: Steered, output: 'table' | 'json'): number {
  switch (steered.outcome) {
    case 'done':
      print(run, steered.status, output);
      return 0;
    case 'accepted':
      process.stderr.write(`squall: it is in the run's history and is being done; squall status ${run} tells how far it is\n`);
      return 0;
    case 'rejected':
      return fail(`run ${run} did not take it: ${steered.reason}`, 1);
    case 'ended':
      return fail(`run ${run} has ended`, 1);
    case 'not-found':
      return fail(noSuchRun(run), 1);
    case 'unanswered':
      return fail(`no worker took it up within 10 s; it waits for one, and may still take effect. Start a worker: npm run worker`, 69);
  }
}

async function showStatus(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, { output: common.output });
  const output = readOutput(values.output);
  const [run] = readWords('status', positionals, ['RUN']);
  await using temporal = await connectTemporal();
  const seen = await readStatus(temporal.client, run, 10_000);
  switch (seen.outcome) {
    case 'seen':
      print(run, seen.status, output);
      return 0;
    case 'not-found':
      return fail(noSuchRun(run), 1);
    case 'unsupported':
      return fail(`run ${run} was made by a release of squall that did not tell its status`, 1);
    case 'unanswered':
      return fail('no worker answered within 10 s. Start a worker: npm run worker', 69);
  }
}

/** Exactly these words. @throws UsageError */
function readWords(command: string, found: string[], expected: string[]): [string, ...string[]] {
  const [run, ...rest] = found;
  if (run === undefined || found.length !== expected.length)
    throw new UsageError(`${command}: found ${found.length === 0 ? 'nothing' : found.join(' ')}, expected ${expected.join(' ')}`);
  return [run, ...rest];
}

function print(run: string, status: RunStatus, output: 'table' | 'json'): void {
  process.stdout.write(output === 'json' ? `${JSON.stringify(status, null, 2)}\n` : tellStatus(run, status));
}

function noSuchRun(run: string): string {
  return `no run has the id ${JSON.stringify(run)}`;
}

function fail(message: string, code: number): number {
  process.stderr.write(`squall: ${message}\n`);
  return code;
}
