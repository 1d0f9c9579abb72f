import type { Parameters } from '../contracts/campaign.ts';

interface Types {
  string: string;
  number: number;
  boolean: boolean;
}

/** A parameter of a parsed campaign. Throws when it is absent or of another type: the catalogue's declaration and the verbs disagree. */
export function readParameter<T extends keyof Types>(parameters: Parameters, name: string, type: T): Types[T] {
  const value = parameters[name];
  if (!isType(value, type)) throw new Error(`parameter ${name}: found ${JSON.stringify(value)}, expected a ${type}`);
  return value;
}

function isType<T extends keyof Types>(value: unknown, type: T): value is Types[T] {
  return typeof value === type;
}
