import { verbsByName } from './generated/verbs-by-name.ts';
import type { FaultVerbs } from './verbs.ts';

/** The verbs of a fault of the catalogue, by its canonical name; undefined: there is none. */
export function findVerbs(fault: string): FaultVerbs | undefined {
  return Object.hasOwn(verbsByName, fault) ? verbsByName[fault] : undefined;
}

/** The verbs of a fault of the catalogue, by its canonical name. Throws when there is none. */
export function verbsOf(fault: string): FaultVerbs {
  const found = findVerbs(fault);
  if (found === undefined) throw new Error(`no verbs for fault ${fault}: known are ${Object.keys(verbsByName).join(', ')}`);
  return found;
}
