import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseShell } from 'shell-quote';
import packageJson from '../../../package.json' with { type: 'json' };
import { parseTestArguments } from '../../../scripts/test/arguments.ts';
import { parseSoakArguments } from '../../../soak/arguments.ts';
import { routes } from '../../../src/api/routes.ts';
import { findCommand } from '../../../src/cli/commands.ts';
import { readWords } from '../../../src/cli/read-words.ts';
import { root, type Sample } from './pages.ts';

/** Programs of others that samples may use; what they are given is theirs to judge. */
const others = new Set(
  `[ alias apt-get awk base64 bash cat cd chmod chown cosign cp date docker done echo else eval exec exit export fi for gcc git go gpg gunzip gzip head
  helm if jq k3d kind kubectl ln ls make mkdir mktemp mv nohup npx printf read rm sed set sleep source spin sudo tail tar temporal tee test then tr true
  umask unset until wait watch while xargs`.split(/\s+/),
);
const npmCommands = new Set(['ci', 'install', 'pack', 'publish', 'test', 'exec']);

/** The command lines of a sample: all of a script, of a console what follows a prompt. */
export function scriptOf({ language, text }: Sample): string {
  if (language !== 'console') return text;
  const lines: string[] = [];
  let goesOn = false;
  for (const line of text.split('\n')) {
    const typed: string | undefined = /^[$#>] (.*)$/.exec(line)?.[1] ?? (goesOn ? line : undefined);
    if (typed === undefined) continue;
    lines.push(typed);
    goesOn = typed.endsWith('\\');
  }
  return lines.join('\n');
}

/** What is wrong with the commands of a script: those of squall by their declarations, requests by the routes, files by their names. */
export function mistakesInCommands(script: string): string[] {
  return commandsOf(script).flatMap((words) => mistakesInCommand(words));
}

/** Words of each command. Heredocs are left out; a `$(…)` is a command of its own. */
function commandsOf(script: string): string[][] {
  const found: string[][] = [];
  const lines = withoutHeredocs(script).replaceAll('\\\n', ' ').split('\n');
  for (const line of lines) {
    for (const [, inner = ''] of line.matchAll(/\$\(([^()]+)\)/g)) found.push(...commandsOf(inner));
    let words: string[] = [];
    let isFile = false;
    const flat = line.replaceAll(/\$\([^()]+\)/g, 'SUBSTITUTED');
    for (const entry of parseShell(flat, (name: string) => `$${name}`)) {
      if (typeof entry === 'object' && 'comment' in entry) break;
      if (typeof entry === 'string' || (typeof entry === 'object' && entry.op === 'glob')) {
        const word = typeof entry === 'string' ? entry : 'pattern' in entry ? entry.pattern : '';
        if (!isFile) words.push(word);
        isFile = false;
        continue;
      }
      // The word after a redirection is a file.
      isFile = ['>', '>>', '<', '>&'].includes(entry.op);
      if (isFile) {
        if (/^[0-9]$/.test(words.at(-1) ?? '')) words.pop();
        continue;
      }
      found.push(words);
      words = [];
    }
    found.push(words);
  }
  return found.filter((words) => words.length > 0);
}

function withoutHeredocs(script: string): string {
  return script.replaceAll(/<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?\n\s*\2(?=\n|$)/g, '$3');
}

function mistakesInCommand(given: readonly string[]): string[] {
  const words = given.slice(given.findIndex((word) => !/^\w+=/.test(word)));
  const [program = '', ...args] = words;
  if (/^\w+=/.test(program)) return [];
  switch (program) {
    case 'squall':
      return mistakesInSquall(args);
    case 'npm':
      return mistakesInNpm(args);
    case 'curl':
      return mistakesInRequest(args);
    case 'node':
      return mistakesInNode(args);
    case 'xargs':
      return mistakesInCommand([...args.slice(args.findIndex((arg) => !/^-|^[0-9]+$/.test(arg))), 'READ-BY-XARGS']);
    case 'time':
    case 'sudo':
    case 'then':
    case 'if':
    case 'do':
    case 'else':
      return mistakesInCommand(args.slice(args.findIndex((arg) => !arg.startsWith('-'))));
    case 'npx': {
      const at = args.indexOf('squall');
      return at === -1 ? [] : mistakesInSquall(args.slice(at + 1));
    }
    default:
      return others.has(program) || program.startsWith('./') || existsSync(join(root, program))
        ? []
        : [`found the program ${program}, which the test does not know`];
  }
}

export function mistakesInSquall(args: readonly string[]): string[] {
  if (args.some((arg) => arg === '--help' || arg === '--version')) return [];
  const found = findCommand(args);
  if (found === undefined) return [`squall ${args.join(' ')}: there is no such command`];
  return mistakeOf(() => readWords(found.command, found.rest));
}

function mistakesInNpm([command = '', ...args]: readonly string[]): string[] {
  const words = args.filter((arg) => arg !== '--' && arg !== '--silent');
  if (command === 'test') return mistakeOf(() => parseTestArguments(words));
  if (command !== 'run')
    return npmCommands.has(command) ? [] : [`npm ${command}: found neither run nor one of ${[...npmCommands].join(', ')}`];
  const [script = '', ...given] = words;
  if (!Object.hasOwn(packageJson.scripts, script)) return [`npm run ${script}: package.json has no such script`];
  if (script === 'squall' && given.length > 0) return mistakesInSquall(given);
  return script === 'soak' ? mistakeOf(() => parseSoakArguments(given)) : [];
}

function mistakesInNode(args: readonly string[]): string[] {
  const file = args.find((arg) => !arg.startsWith('-'));
  return file === undefined || existsSync(join(root, file)) ? [] : [`node ${file}: there is no such file`];
}

/** Of a request to the API the route has to be there, and to know the parameters. */
function mistakesInRequest(args: readonly string[]): string[] {
  const address = args.find((arg) => /^(https?:\/\/|\$\w+)[^ ]*\/(v1|codec|openapi\.json|livez|readyz|metrics)\b/.test(arg));
  if (address === undefined) return [];
  const named = args[args.findIndex((arg) => arg === '-X' || arg === '--request') + 1];
  const sends = args.some((arg) => /^(-d|--data|--json)/.test(arg));
  const method = args.some((arg) => arg === '-X' || arg === '--request') ? named?.toLowerCase() : sends ? 'post' : 'get';
  const { pathname, searchParams } = new URL(address.replace(/^\$\w+/, 'http://api'));
  const route = routes.find(({ path, ...one }) => one.method === method && pattern(path).test(pathname));
  if (route === undefined) return [`${method?.toUpperCase()} ${pathname}: there is no such route`];
  const known = Object.keys(route.query?.shape ?? {});
  return [...searchParams.keys()]
    .filter((name) => !known.includes(name))
    .map((name) => `${pathname}: ${name} is none of ${known.join(', ')}`);
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function mistakeOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
