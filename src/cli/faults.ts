import { faultDeclarations, findFault } from '../faults/declarations.ts';
import { describeFault, type FaultDescription } from '../faults/describe-fault.ts';
import { faultExpected } from '../faults/fault-expected.ts';
import { readOptions, readOutput } from './options.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** `squall faults [NAME]`: the catalogue the language is read by. */
export function faults(argv: string[]): number {
  const { values, positionals } = readOptions(argv, { output: { type: 'string', default: 'table' } });
  const output = readOutput(values.output);
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`faults: found ${rest.join(' ')}, expected at most one name`);
  if (name === undefined) {
    const all = faultDeclarations.map(describeFault);
    process.stdout.write(output === 'json' ? json(all) : list(all));
    return 0;
  }
  const found = findFault(name);
  if (found === undefined) throw new UsageError(`faults: found ${JSON.stringify(name)}, expected ${faultExpected(name)}`);
  const description = describeFault(found.fault);
  process.stdout.write(output === 'json' ? json(description) : page(description));
  return 0;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function list(all: FaultDescription[]): string {
  const rows = all.map(({ name, targets, holds, defaultDuration, summary }) => [
    name,
    targets,
    holds ? defaultDuration : 'an instant',
    summary,
  ]);
  return table([['fault', 'acts on', 'holds', 'what it does'], ...rows]);
}

function page({ name, summary, aliases, parameters, needs, example }: FaultDescription): string {
  const rows = parameters.map((parameter) => [
    parameter.name,
    parameter.required ? 'required' : parameter.default === null ? '-' : JSON.stringify(parameter.default),
    `${parameter.form}: ${parameter.description}`,
  ]);
  return [
    `${name}: ${summary}`,
    ...(aliases.length === 0 ? [] : [`also: ${aliases.map((alias) => alias.name).join(', ')}`]),
    `needs: ${needs}`,
    '',
    table([['parameter', 'default', 'what it is'], ...rows]),
    'example:',
    ...example.split('\n').map((line) => `  ${line}`),
    '',
  ].join('\n');
}
