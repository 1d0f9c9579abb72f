// What a command is, declared once: its help, its completion in shells, docs/cli.md and the reading of its words come from it.
// Declarations import nothing but one another, so that help and completion are quick; what a command does is loaded when it runs.

export type CommandGroup = 'documents' | 'runs' | 'schedules' | 'steering' | 'switch' | 'clusters' | 'service' | 'shell';

/** What a shell offers for a word. */
export type Completion = 'file' | 'run' | 'fault' | 'schedule' | 'command';

export interface ArgumentDeclaration {
  /** in capitals, as the help shows it */
  name: string;
  what: string;
  optional?: true;
  /** takes all words that follow */
  many?: true;
  complete?: Completion;
  choices?: readonly string[];
}

export type OptionDeclaration = FlagDeclaration | TextDeclaration;

export interface FlagDeclaration {
  kind: 'flag';
  what: string;
}

export interface TextDeclaration {
  kind: 'text';
  /** what stands for the value in the help, in capitals */
  value: string;
  what: string;
  choices?: readonly string[];
  default?: string;
  /** may be given several times */
  many?: true;
  complete?: Completion;
}

export type Options = Readonly<Record<string, OptionDeclaration>>;

/** The words of a call, read by the command's declaration. */
export interface Given<O extends Options> {
  words: string[];
  options: { [K in keyof O]: ValueOf<O[K]> };
}

type ValueOf<D> = D extends { kind: 'flag' }
  ? boolean
  : D extends { many: true }
    ? TextOf<D>[]
    : D extends { default: string }
      ? TextOf<D>
      : TextOf<D> | undefined;

type TextOf<D> = D extends { choices: readonly (infer Choice)[] } ? Choice : string;

export interface Example {
  /** without `squall` */
  words: string;
  what: string;
}

export interface Command {
  /** one word, or two: `schedules create` */
  name: string;
  group: CommandGroup;
  /** what it does, without a full stop: it stands in lists */
  summary: string;
  /** more of it, in Markdown paragraphs without a heading */
  details?: string;
  arguments: readonly ArgumentDeclaration[];
  options: Options;
  /** its own exit codes, beside those of all commands */
  exits?: readonly (readonly [code: number, meaning: string])[];
  examples: readonly Example[];
  run(given: Given<Options>): Promise<number>;
}

/** A command whose `run` is given its options by their declarations. */
export function command<const O extends Options>(
  declaration: Omit<Command, 'options' | 'run'> & { options: O; run(given: Given<O>): Promise<number> },
): Command {
  return declaration as unknown as Command;
}
