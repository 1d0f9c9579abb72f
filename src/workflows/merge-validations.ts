import type { Validation } from '../contracts/evidence.ts';

/** The validations of each cluster as one; of a single cluster its own. Null: there is none. */
export function mergeValidations(all: readonly { cluster: string; validation: Validation }[]): Validation | null {
  const [first, ...others] = all;
  if (first === undefined) return null;
  if (others.length === 0) return first.validation;
  return {
    at: Math.max(...all.map(({ validation }) => validation.at)),
    ok: all.every(({ validation }) => validation.ok),
    checks: all.flatMap(({ cluster, validation }) => validation.checks.map((check) => ({ ...check, name: `${cluster}: ${check.name}` }))),
    redis: all.flatMap(({ validation }) => validation.redis),
  };
}
