import { parseArgs } from 'node:util';
import { nearest } from '../nearest.ts';
import type { Command, Given, OptionDeclaration, Options } from './declare.ts';
import { UsageError } from './usage-error.ts';

/**
 * The words after a command's name, by its declaration.
 *
 * @throws UsageError with every mistake
 */
export function readWords(command: Command, argv: readonly string[]): Given<Options> {
  const { options } = command;
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [name, { type: kind === 'flag' ? 'boolean' : 'string', multiple: true } as const]),
  );
  const { tokens } = parseArgs({ args: [...argv], options: config, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string[]>();
  const words: string[] = [];
  const mistakes: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const declared = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    const mistake = mistakeIn(token, declared, Object.keys(options));
    if (mistake === undefined) given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? '']);
    else mistakes.push(mistake);
  }
  mistakes.push(...mistakesInArguments(command, words));
  if (mistakes.length > 0) throw new UsageError(`${command.name}: ${mistakes.join('; ')}`, command.name);
  return {
    words,
    options: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, givenValue(option, given.get(name))])),
  };
}

interface OptionToken {
  name: string;
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function mistakeIn(
  { name, rawName, value, inlineValue }: OptionToken,
  declared: OptionDeclaration | undefined,
  known: string[],
): string | undefined {
  if (declared === undefined) {
    const suggestion = nearest(name, known);
    const expected =
      known.length === 0
        ? 'no options'
        : suggestion === undefined
          ? `one of ${known.map((one) => `--${one}`).join(', ')}`
          : `--${suggestion}`;
    return `found ${rawName}, which it does not take, expected ${expected}`;
  }
  if (declared.kind === 'flag') return inlineValue ? `${rawName}: found ${value}, expected no value` : undefined;
  if (value === undefined) return `${rawName}: found nothing, expected ${declared.value}`;
  // What looks like the next option is that, and not the value of this one.
  if (!inlineValue && known.includes(value.replace(/^--/, '')) && value.startsWith('--')) {
    return `${rawName}: found nothing before ${value}, expected ${declared.value}`;
  }
  const { choices } = declared;
  if (choices === undefined || choices.includes(value)) return undefined;
  const suggestion = nearest(value, [...choices]);
  return `${rawName}: found ${value}, expected ${listed(choices)}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
}

function mistakesInArguments({ arguments: declared }: Command, words: string[]): string[] {
  const least = declared.filter(({ optional }) => !optional).length;
  const most = declared.some(({ many }) => many) ? Number.POSITIVE_INFINITY : declared.length;
  if (words.length >= least && words.length <= most) {
    return declared.flatMap(({ name, choices }, index) => {
      const word = words[index];
      return choices === undefined || word === undefined || choices.includes(word)
        ? []
        : [`${name}: found ${word}, expected ${listed(choices)}`];
    });
  }
  const expected = declared.map(({ name, optional, many }) => `${optional ? '[' : ''}${name}${many ? '...' : ''}${optional ? ']' : ''}`);
  return [
    `found ${words.length === 0 ? 'nothing' : words.join(' ')}, expected ${expected.length === 0 ? 'options only' : expected.join(' ')}`,
  ];
}

function listed(choices: readonly string[]): string {
  return choices.length < 3 ? choices.join(' or ') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

function givenValue(option: OptionDeclaration, given: string[] | undefined): boolean | string | undefined {
  if (option.kind === 'flag') return given !== undefined;
  // Of an option of many the declaration's own type says that it is a list.
  if (option.many) return (given ?? []) as unknown as string;
  return given?.at(-1) ?? option.default;
}
