import type { Parameters } from '../../contracts/campaign.ts';

/** A list among effective parameters; empty when it was not given. Throws when it is something else. */
export function readList(parameters: Parameters, name: string): string[] {
  const value = parameters[name] ?? [];
  if (!Array.isArray(value)) throw new Error(`parameter ${name}: found ${JSON.stringify(value)}, expected a list`);
  return value;
}

/** A mapping among effective parameters; empty when it was not given. Throws when it is something else. */
export function readMap(parameters: Parameters, name: string): Record<string, string> {
  const value = parameters[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`parameter ${name}: found ${JSON.stringify(value)}, expected a mapping`);
  }
  return value;
}
