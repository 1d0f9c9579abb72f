import type { Parameters, ParameterValue } from '../../contracts/campaign.ts';
import type { FaultDeclaration } from '../../faults/definition.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { describe } from '../units.ts';

/** A value for one parameter of a fault, and where it stands in the document that is read. */
export interface Given {
  value: unknown;
  path: Path;
  /** the value as it stands there, where it was rewritten for the parameter */
  written?: unknown;
}

/**
 * The effective parameters of a fault from a document of another dialect, by the fault's own table: what is wrong with a value is a problem
 * at the value's place, what is wrong with all together at the place of the one it is about, else at `place`.
 * @param given by the names of squall's own language; undefined: not given
 */
export function readParameters(
  notes: LitmusNotes,
  fault: FaultDeclaration,
  given: Record<string, Given | undefined>,
  place: Path,
): Parameters {
  const { byName, defaults, conflicts } = fault.parameters;
  const effective: Parameters = { ...defaults };
  let wrong = false;
  for (const [name, one] of Object.entries(given)) {
    if (one === undefined) continue;
    const parsed = parameterOf(fault, name).parse(one.value);
    if (parsed.ok) effective[parameterOf(fault, name).sets] = parsed.value satisfies ParameterValue;
    else {
      wrong = true;
      notes.problem({ path: one.path, found: 'written' in one ? describe(one.written) : parsed.found, expected: parsed.expected });
    }
  }
  for (const [name, { required, sets, form }] of Object.entries(byName)) {
    if (!required || given[name] !== undefined || effective[sets] !== undefined) continue;
    wrong = true;
    notes.problem({ path: place, found: `nothing for ${name} of ${fault.name}`, expected: form });
  }
  if (wrong) return effective;
  for (const { name, found, expected } of conflicts(effective)) {
    notes.problem({ path: given[name]?.path ?? place, found: `${name === '' ? '' : `${name} `}${found}`, expected });
  }
  return effective;
}

function parameterOf(fault: FaultDeclaration, name: string) {
  const parameter = Object.hasOwn(fault.parameters.byName, name) ? fault.parameters.byName[name] : undefined;
  if (parameter === undefined) throw new TypeError(`${fault.name} has no parameter ${name}`);
  return parameter;
}
