import { z } from 'zod';
import type { RequestMistake } from './requests.ts';

/** For the specification: blanks around it do not count. */
const notBlank = { pattern: '\\S' };

const actor = z
  .string({ error: 'who asks: 1 to 200 characters' })
  .trim()
  .min(1)
  .max(200, { error: 'who asks: 1 to 200 characters' })
  .meta(notBlank);
const reason = z
  .string({ error: '1 to 1,000 characters that say why' })
  .trim()
  .min(1)
  .max(1_000, { error: '1 to 1,000 characters that say why' })
  .meta(notBlank);
const cluster = z
  .string({ error: 'the name of a cluster' })
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, { error: 'the name of a cluster: lower case letters, digits and dashes' });

/** What throws the kill switch, as it is written in a body. */
export const haltFields = z.strictObject({ actor, reason, cluster: cluster.optional() });
/** What lifts it. */
export const liftFields = z.strictObject({ actor, reason: reason.optional(), cluster: cluster.optional() });

export interface HaltRequest {
  actor: string;
  reason: string;
  /** absent: all */
  cluster?: string;
}

export type LiftRequest = Pick<HaltRequest, 'actor' | 'cluster'> & { reason?: string };

export type ReadHalt<T> = { ok: true; request: T } | { ok: false; mistakes: RequestMistake[] };

/** What throws the kill switch, from what a person wrote, or every mistake in it. */
export function readHaltRequest(written: unknown): ReadHalt<HaltRequest> {
  return read(haltFields, written) as ReadHalt<HaltRequest>;
}

/** What lifts it again. */
export function readLiftRequest(written: unknown): ReadHalt<LiftRequest> {
  return read(liftFields, written) as ReadHalt<LiftRequest>;
}

function read(fields: typeof haltFields | typeof liftFields, written: unknown): ReadHalt<object> {
  const result = fields.safeParse(written);
  if (result.success)
    return { ok: true, request: Object.fromEntries(Object.entries(result.data).filter(([, value]) => value !== undefined)) };
  const known = Object.keys(fields.shape);
  const told = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60));
  const mistakes = result.error.issues.flatMap((issue): RequestMistake[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((path) => ({ path, found: 'an unknown field', expected: `one of ${known.join(', ')}` }));
    }
    const path = issue.path.map(String).join('.');
    if (path === '') return [{ path, found: told(written), expected: `an object with ${known.join(', ')}` }];
    return [{ path, found: told((written as Record<string, unknown>)[path]), expected: issue.message }];
  });
  return { ok: false, mistakes };
}
