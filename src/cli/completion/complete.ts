import type { RunPage } from '../../api/list-runs.ts';
import { requestJson } from '../../client/api.ts';
import { apiAccess } from '../api-access.ts';
import { commands, commandsUnder, findCommand } from '../commands.ts';
import type { Command, Completion } from '../declare.ts';

/** What a shell may put in for the last word. */
export interface Candidate {
  word: string;
  what: string;
}

/** Told instead of candidates: the shell knows the names of files. */
export const files = ':files';

/** An API that is slow to answer must not hold a shell up. */
const apiMs = 1_500;

/**
 * `squall __complete WORD...`, which the shells' scripts call: a line for each candidate of the last word, a tab, and what it is;
 * or `:files`.
 */
export async function complete(words: readonly string[]): Promise<number> {
  const found = await candidates(words);
  process.stdout.write(found === files ? `${files}\n` : found.map(({ word, what }) => `${word}\t${what}\n`).join(''));
  return 0;
}

/** @param words after `squall`; the last is the one to complete, and may be empty */
export async function candidates(words: readonly string[]): Promise<Candidate[] | typeof files> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const all = await offered(before, last);
  return all === files ? files : all.filter(({ word }) => word.startsWith(last));
}

async function offered(before: readonly string[], last: string): Promise<Candidate[] | typeof files> {
  const found = findCommand(before);
  if (found === undefined) {
    const [first] = before;
    if (first === undefined) return firstWords();
    return before.length > 1
      ? []
      : commandsUnder(first).map(({ name, summary }) => ({ word: name.slice(first.length + 1), what: summary }));
  }
  const { command, rest } = found;
  const previous = rest.at(-1);
  const option = previous?.startsWith('--') ? command.options[previous.slice(2)] : undefined;
  if (option?.kind === 'text') return choicesOf(option.choices, option.complete);
  if (last.startsWith('-')) return optionsOf(command, rest);
  return argumentsOf(command, rest);
}

function firstWords(): Candidate[] {
  const words = new Map<string, string>();
  for (const { name, summary } of commands) {
    const [word = name, second] = name.split(' ');
    if (!words.has(word))
      words.set(
        word,
        second === undefined
          ? summary
          : `${word}: ${commandsUnder(word)
              .map((one) => one.name.slice(word.length + 1))
              .join(', ')}`,
      );
  }
  return [...words].map(([word, what]) => ({ word, what }));
}

function optionsOf({ options }: Command, rest: readonly string[]): Candidate[] {
  const left = Object.entries(options).filter(([name, option]) => !rest.includes(`--${name}`) || (option.kind === 'text' && option.many));
  return [...left.map(([name, { what }]) => ({ word: `--${name}`, what })), { word: '--help', what: 'all of this command' }];
}

function argumentsOf(command: Command, rest: readonly string[]): Promise<Candidate[] | typeof files> | Candidate[] {
  const words = rest.filter((word, index) => !word.startsWith('-') && !takesNext(command, rest[index - 1]));
  const argument = command.arguments[words.length] ?? command.arguments.find(({ many }) => many);
  return argument === undefined ? optionsOf(command, rest) : choicesOf(argument.choices, argument.complete);
}

/** Whether a word is an option whose value is the next one. */
function takesNext({ options }: Command, word: string | undefined): boolean {
  return word?.startsWith('--') === true && options[word.slice(2)]?.kind === 'text';
}

async function choicesOf(choices: readonly string[] | undefined, kind: Completion | undefined): Promise<Candidate[] | typeof files> {
  if (choices !== undefined) return choices.map((word) => ({ word, what: '' }));
  switch (kind) {
    case 'file':
      return files;
    case 'command':
      return firstWords();
    case 'fault':
      return faultNames();
    case 'run':
      return runIds();
    case 'schedule':
      return scheduleNames();
    default:
      return [];
  }
}

async function faultNames(): Promise<Candidate[]> {
  const { faultDeclarations } = await import('../../faults/declarations.ts');
  return faultDeclarations.map(({ name, summary }) => ({ word: name, what: summary }));
}

async function runIds(): Promise<Candidate[]> {
  const page = await ask<RunPage>('/v1/runs?limit=50');
  return (page?.runs ?? []).map(({ id, phase, verdict }) => ({ word: id, what: verdict ?? phase ?? '' }));
}

async function scheduleNames(): Promise<Candidate[]> {
  const page = await ask<{ schedules: { name: string }[] }>('/v1/schedules');
  return (page?.schedules ?? []).map(({ name }) => ({ word: name, what: '' }));
}

/** Undefined: it does not answer; then there is nothing to offer. */
async function ask<T>(path: string): Promise<T | undefined> {
  try {
    return await requestJson<T>(apiAccess(undefined), path, { signal: AbortSignal.timeout(apiMs) });
  } catch {
    return undefined;
  }
}
