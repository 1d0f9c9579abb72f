import { wrap } from '../report/table.ts';
import { commands, commandsUnder, findCommand, groupTitles } from './commands.ts';
import type { ArgumentDeclaration, Command, CommandGroup, OptionDeclaration } from './declare.ts';
import { commonExits } from './exit-codes.ts';
import { UsageError } from './usage-error.ts';

const width = 110;

/** `squall help [COMMAND]` @throws UsageError when there is no such command */
export function showHelp(words: readonly string[]): number {
  process.stdout.write(words.length === 0 ? helpOfAll() : helpOf(words));
  return 0;
}

/** @throws UsageError when there is no such command */
export function helpOf(words: readonly string[]): string {
  const found = findCommand(words);
  if (found !== undefined) return helpOfCommand(found.command);
  const under = commandsUnder(words[0] ?? '');
  if (under.length === 0) throw new UsageError(`help: found ${words.join(' ')}, expected a command: squall --help lists them`);
  return `${['usage:', ...under.map((command) => `  squall ${usageOf(command)}`), '', ...listOf(under)].join('\n')}\n`;
}

export function helpOfAll(): string {
  const groups = (Object.keys(groupTitles) as CommandGroup[]).flatMap((group) => {
    const members = commands.filter((command) => command.group === group);
    return members.length === 0 ? [] : [`${groupTitles[group]}:`, ...listOf(members), ''];
  });
  return `${[
    'usage: squall COMMAND [ARGUMENT...] [OPTION...]',
    '',
    ...groups,
    'examples:',
    ...examplesOf([
      { words: 'lint campaign.yaml', what: 'is it right?' },
      { words: 'plan campaign.yaml', what: 'what would it do?' },
      { words: 'run campaign.yaml --wait --gate 80', what: 'do it, and exit by the verdict' },
      { words: "halt --reason 'an incident'", what: 'stop everything, everywhere' },
    ]),
    '',
    'environment:',
    ...rows([
      ['SQUALL_API_URL', 'where the API is (http://127.0.0.1:7400)'],
      ['SQUALL_API_TOKEN', 'the key or token it wants; or SQUALL_API_TOKEN_FILE, a file that holds it'],
      ['TEMPORAL_ADDRESS', 'where Temporal is (127.0.0.1:7233), for what goes straight there; and what docs/configuration.md lists'],
      ['NO_COLOR', 'no colours'],
    ]),
    '',
    'exit codes:',
    ...rows(commonExits.map(([code, meaning]) => [String(code), meaning])),
    '',
    'squall help COMMAND tells all of one.',
  ].join('\n')}\n`;
}

function helpOfCommand(command: Command): string {
  const { summary, details, arguments: words, options, exits = [], examples } = command;
  const section = (title: string, lines: string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines]);
  const own = new Map([...commonExits, ...exits]);
  return `${[
    `usage: squall ${usageOf(command)}`,
    '',
    ...wrap(`${capital(summary)}.`, width),
    ...(details === undefined ? [] : ['', ...wrap(details.replaceAll('`', ''), width)]),
    ...section('arguments', rows(words.map(({ name, what }) => [name, what]))),
    ...section('options', rows(Object.entries(options).map(([name, option]) => [optionUsage(name, option), optionWhat(option)]))),
    ...section('examples', examplesOf(examples)),
    ...section('exit codes', rows([...own].sort(([a], [b]) => a - b).map(([code, meaning]) => [String(code), meaning]))),
  ].join('\n')}\n`;
}

/** `run FILE [OPTION...]` */
export function usageOf({ name, arguments: words, options }: Command): string {
  return [name, ...words.map(argumentUsage), ...(Object.keys(options).length === 0 ? [] : ['[OPTION...]'])].join(' ');
}

function argumentUsage({ name, optional, many }: ArgumentDeclaration): string {
  const text = many ? `${name}...` : name;
  return optional ? `[${text}]` : text;
}

/** `--output FORMAT` */
export function optionUsage(name: string, option: OptionDeclaration): string {
  return option.kind === 'flag' ? `--${name}` : `--${name} ${option.value}`;
}

/** What an option is, and its default. */
export function optionWhat(option: OptionDeclaration): string {
  if (option.kind === 'flag') return option.what;
  const { what, default: fallback, many } = option;
  return `${what}${fallback === undefined ? '' : ` (${fallback})`}${many ? '; may be given several times' : ''}`;
}

function listOf(members: readonly Command[]): string[] {
  return rows(members.map(({ name, summary }) => [name, summary]));
}

function examplesOf(examples: Command['examples']): string[] {
  return examples.flatMap(({ words, what }) => [`  squall ${words}`, `      ${what}`]);
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const first = Math.max(0, ...pairs.map(([name]) => name.length));
  const indent = ' '.repeat(first + 4);
  return pairs.flatMap(([name, what]) =>
    wrap(what, width - first - 4).map((line, index) => (index === 0 ? `  ${name.padEnd(first)}  ${line}` : `${indent}${line}`)),
  );
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
