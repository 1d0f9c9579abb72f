import { suggest } from '../campaign/suggest.ts';
import { faultDeclarations, faultNames } from './declarations.ts';

/** What was expected where a name is no fault's: too many to list, so the nearest, and where they are listed. */
export function faultExpected(written: unknown): string {
  const all = `a fault of the catalogue: \`squall faults\` and docs/faults/ list all ${faultDeclarations.length}`;
  const near = typeof written === 'string' ? suggest(written, faultNames) : undefined;
  return near === undefined ? all : `${all}; did you mean ${near}?`;
}
