import type { ProbeSpec } from '../contracts/campaign.ts';

/** Parameters have been parsed when the document was; one of another type is a defect and throws. */
export function textParameter(spec: ProbeSpec, key: string): string {
  const value = spec.parameters[key];
  if (typeof value !== 'string') throw unexpected(spec, key, 'text');
  return value;
}

export function numberParameter(spec: ProbeSpec, key: string): number {
  const value = spec.parameters[key];
  if (typeof value !== 'number') throw unexpected(spec, key, 'a number');
  return value;
}

function unexpected(spec: ProbeSpec, key: string, expected: string): Error {
  return new Error(`probe ${spec.name}: parameter ${key} is ${JSON.stringify(spec.parameters[key]) ?? 'absent'}, expected ${expected}`);
}
