import { z } from 'zod';
import { parseDuration } from '../campaign/units.ts';
import type { UpdateInputs, UpdateName } from '../contracts/control.ts';

/** What people say, by the command or the path they say it with: each becomes one update of the run's workflow. */
export const requests = {
  pause: 'pause',
  resume: 'resume',
  abort: 'abort',
  approve: 'approve',
  extend: 'extend',
  skip: 'skip',
  'retry-experiment': 'retry',
  'settle-undo': 'settle-undo',
} as const satisfies Record<string, UpdateName>;

export type RequestName = keyof typeof requests;

const longestExtensionMs = 24 * 3_600_000;

/** For the specification: blanks around it do not count. */
const notBlank = { pattern: '\\S' };

const actor = z
  .string({ error: '1 to 200 characters that say who asks' })
  .trim()
  .min(1)
  .max(200, { error: '1 to 200 characters that say who asks' })
  .meta(notBlank);
const reason = z
  .string({ error: '1 to 1,000 characters that say why' })
  .trim()
  .min(1)
  .max(1_000, { error: '1 to 1,000 characters that say why' })
  .meta(notBlank);
const experiment = z.string({ error: 'the name of an experiment of the run' }).min(1, { error: 'the name of an experiment of the run' });

const duration = z
  .unknown()
  .transform((value, context): number => {
    const parsed = parseDuration(value, { minMs: 1, maxMs: longestExtensionMs });
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.expected });
    return z.NEVER;
  })
  .meta({
    type: 'string',
    description: 'a duration with its unit ms, s, m, h or d, at most 24h',
    pattern: '^(?=[0-9])([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$',
    example: '30s',
  });

/** The fields of each request, as they are written in a body. */
export const requestObjects = {
  pause: z.strictObject({ actor, reason: reason.optional(), faults: oneOf('undo', 'hold').default('undo') }),
  resume: z.strictObject({ actor, reason: reason.optional() }),
  abort: z.strictObject({ actor, reason }),
  approve: z.strictObject({ actor, reason: reason.optional(), approved: z.boolean({ error: 'true or false' }).default(true) }),
  extend: z.strictObject({ actor, reason: reason.optional(), experiment, by: duration }),
  skip: z.strictObject({ actor, reason: reason.optional(), experiment }),
  'retry-experiment': z.strictObject({ actor, reason: reason.optional(), experiment }),
  'settle-undo': z.strictObject({ actor, reason, experiment, by: oneOf('force', 'acknowledge') }),
} satisfies Record<RequestName, z.ZodObject>;

/** The same, as the updates take them: of a body, and of the options of a command. */
const requestFields = {
  ...requestObjects,
  extend: requestObjects.extend.transform(({ by, ...rest }) => ({ ...rest, byMs: by })),
} satisfies Record<RequestName, z.ZodType>;

function oneOf<const Values extends [string, ...string[]]>(...values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

/** A mistake in a request. `path` is the field. */
export interface RequestMistake {
  path: string;
  found: string;
  expected: string;
}

export type ReadRequest<Name extends RequestName> =
  | { ok: true; input: UpdateInputs[(typeof requests)[Name]] }
  | { ok: false; mistakes: RequestMistake[] };

/** The update's input from what a person wrote, or every mistake in it. */
export function readRequest<Name extends RequestName>(name: Name, written: unknown): ReadRequest<Name> {
  const result = requestFields[name].safeParse(written);
  if (result.success) {
    const given = Object.entries(result.data).filter(([, value]) => value !== undefined);
    return { ok: true, input: Object.fromEntries(given) as unknown as UpdateInputs[(typeof requests)[Name]] };
  }
  return { ok: false, mistakes: result.error.issues.flatMap((issue) => mistakesOf(issue, name, written)) };
}

function mistakesOf(issue: z.core.$ZodIssue, name: RequestName, written: unknown): RequestMistake[] {
  if (issue.code === 'unrecognized_keys') {
    const expected = `one of ${fieldsOf(name).join(', ')}`;
    return issue.keys.map((path) => ({ path, found: 'an unknown field', expected }));
  }
  const path = issue.path.map(String).join('.');
  if (path === '') return [{ path, found: describeJson(written), expected: `an object with ${fieldsOf(name).join(', ')}` }];
  const value = (written as Record<string, unknown>)[path];
  return [{ path, found: describeJson(value), expected: issue.message }];
}

function fieldsOf(name: RequestName): string[] {
  const schema = requestFields[name];
  return Object.keys('shape' in schema ? schema.shape : schema.in.shape);
}

function describeJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
