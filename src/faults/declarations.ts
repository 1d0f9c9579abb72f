import type { FaultAlias, FaultDeclaration } from './definition.ts';
import { catalogue } from './generated/declarations.ts';

/** The catalogue. */
export const faultDeclarations: readonly FaultDeclaration[] = catalogue;

/** Canonical names and aliases. */
export const faultNames: readonly string[] = faultDeclarations.flatMap(({ name, aliases }) => [
  name,
  ...aliases.map((alias) => alias.name),
]);

/** The fault of a name or alias; undefined: there is none. `alias` is set when the name was one. */
export function findFault(nameOrAlias: string): { fault: FaultDeclaration; alias?: FaultAlias } | undefined {
  for (const fault of faultDeclarations) {
    if (fault.name === nameOrAlias) return { fault };
    const alias = fault.aliases.find(({ name }) => name === nameOrAlias);
    if (alias !== undefined) return { fault, alias };
  }
  return undefined;
}
