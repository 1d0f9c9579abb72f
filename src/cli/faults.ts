import { faultDeclarations, findFault } from '../faults/declarations.ts';
import { describeFault, type FaultDescription } from '../faults/describe-fault.ts';
import { faultExpected } from '../faults/fault-expected.ts';
import type { outputOption } from './common-options.ts';
import type { Given } from './declare.ts';
import { print } from './output.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** `squall faults [NAME]`: the catalogue the language is read by. */
export function faults({ words: [name], options: { output } }: Given<typeof outputOption>): number {
  if (name === undefined) {
    const all = faultDeclarations.map(describeFault);
    print(output, all, () => list(all));
    return 0;
  }
  const found = findFault(name);
  if (found === undefined) throw new UsageError(`faults: found ${JSON.stringify(name)}, expected ${faultExpected(name)}`, 'faults');
  const description = describeFault(found.fault);
  print(output, description, () => page(description));
  return 0;
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
