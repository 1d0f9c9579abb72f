import { parseArgs } from 'node:util';

export const kinds = ['unit', 'workflow', 'replay', 'lab'] as const;
export type Kind = (typeof kinds)[number];

/** Folders under test/ of each kind, in the order they are run. */
export const folders: Record<Kind, string[]> = {
  unit: ['unit'],
  workflow: ['workflow'],
  replay: ['replay'],
  lab: ['lab', 'lab-alone', 'lab-lifecycle', 'lab-last'],
};

export interface TestArguments {
  kinds: readonly Kind[];
  grep: string | undefined;
}

/**
 * `--only KIND` and `--grep PATTERN`.
 *
 * @throws Error that says what was found and what was expected
 */
export function parseTestArguments(args: readonly string[]): TestArguments {
  const options = { only: { type: 'string' }, grep: { type: 'string' } } as const;
  const { only, grep } = parseArgs({ args: [...args], options, strict: true }).values;
  if (grep !== undefined) new RegExp(grep);
  if (only === undefined) return { kinds, grep };
  const kind = kinds.find((one) => one === only);
  if (kind === undefined) throw new Error(`--only: found "${only}", expected one of ${kinds.join(', ')}`);
  return { kinds: [kind], grep };
}
