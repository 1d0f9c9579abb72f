import { errorMessage } from '../error-message.ts';
import { nearest } from '../nearest.ts';
import { commands, commandsUnder, findCommand } from './commands.ts';
import { UsageError } from './usage-error.ts';

// What a command needs is loaded when it runs: the clients of Kubernetes and Temporal take a second of a small machine.

/** Does what the words say; answers the exit code. */
export function runCommandLine(argv: string[]): Promise<number> {
  return main(argv).catch(tell);
}

async function main(argv: string[]): Promise<number> {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 22) throw new UsageError(`found Node ${process.version}, expected 22.19 or newer`);
  const [first] = argv;
  if (first === '--version') {
    process.stdout.write(`${(await import('../../package.json', { with: { type: 'json' } })).default.version}\n`);
    return 0;
  }
  if (first === '__complete') return (await import('./completion/complete.ts')).complete(argv.slice(1));
  const wantsHelp = argv
    .slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
    .some((word) => word === '--help' || word === '-h');
  if (wantsHelp) {
    const { showHelp } = await import('./help.ts');
    return showHelp(argv.filter((word) => !word.startsWith('-')).slice(0, 2));
  }
  const found = findCommand(argv);
  if (found === undefined) throw unknown(argv);
  const { readWords } = await import('./read-words.ts');
  return found.command.run(readWords(found.command, found.rest));
}

function unknown(argv: readonly string[]): UsageError {
  const [first, second] = argv;
  if (first === undefined) return new UsageError('found no command, expected one: squall --help lists them');
  const under = commandsUnder(first);
  if (under.length > 0) {
    const names = under.map(({ name }) => name.slice(first.length + 1));
    return new UsageError(`${first}: found ${second ?? 'nothing'}, expected one of ${names.join(', ')}${meant(second, names)}`, first);
  }
  const names = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name))];
  return new UsageError(`found ${first}, expected one of ${names.join(', ')}${meant(first, names)}`);
}

function meant(word: string | undefined, names: string[]): string {
  const suggestion = word === undefined ? undefined : nearest(word, names);
  return suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
}

/** What is said of an error, and its exit code. */
function tell(error: unknown): number {
  if (error instanceof UsageError) {
    const of = error.command === undefined ? '' : ` ${error.command}`;
    process.stderr.write(`squall: ${error.message}\nsquall help${of} tells more\n`);
    return 64;
  }
  process.stderr.write(`squall: ${errorMessage(error)}\n`);
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') return error.exitCode;
  return error instanceof Error && error.name === 'ConfigError' ? 64 : 69;
}
