import type { z } from 'zod';
import { checkedMapping, field, list, mapping, raise } from '../../campaign/fields.ts';
import type { Problem } from '../../campaign/problem.ts';
import { bad, good, type Parsed, parseChoice, parseDuration } from '../../campaign/units.ts';
import { isLoopback } from '../../config.ts';
import { parseYaml } from '../../configuration-file.ts';
import { type Grant, roles } from './principal.ts';

/** Who may call, and what they may do. */
export interface AuthFile {
  keys: AuthKey[];
  issuers: AuthIssuer[];
  webhooks: AuthWebhook[];
}

export interface AuthKey {
  name: string;
  /** hex; two while a key is replaced by another */
  sha256: string[];
  /** ms since the epoch; null: it does not end */
  expiresAt: number | null;
  grants: Grant[];
}

/** Whose bearer tokens are taken. */
export interface AuthIssuer {
  /** what its callers' names begin with */
  name: string;
  /** as tokens have it in `iss` */
  issuer: string;
  audience: string[];
  /** null: asked of the issuer (OpenID Connect Discovery) */
  jwksUri: string | null;
  algorithms: string[];
  clockToleranceMs: number;
  /** the claim that says who it is */
  nameClaim: string;
  /** the claim with the groups, a list or one text; dots lead into mappings */
  groupsClaim: string;
  grants: (Grant & { group: string })[];
}

/** Who may send signed webhooks. */
export interface AuthWebhook {
  name: string;
  /** two while one is replaced by another */
  secrets: Buffer[];
  grants: Grant[];
}

export type ReadAuthFile = { ok: true; file: AuthFile } | { ok: false; problems: Problem[] };

/** Signatures by a private key alone: an HMAC's key would be known to whoever verifies, and `none` is none. */
const signatureAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;

const name = field((value): Parsed<string> => {
  const fits = typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/.test(value);
  return fits ? good(value) : bad(value, 'a name of at most 63 letters, digits, ".", "_", "@" and "-"');
});

const claim = field((value): Parsed<string> => {
  return typeof value === 'string' && value !== '' ? good(value) : bad(value, 'the name of a claim, for example email');
});

function oneOrMore<T>(parse: (value: unknown) => Parsed<T>): z.ZodType<T[]> {
  return field((value): Parsed<T[]> => {
    const parsed = (Array.isArray(value) ? value : [value]).map(parse);
    const wrong = parsed.find((each) => !each.ok);
    if (wrong !== undefined) return wrong;
    const values = parsed.flatMap((each) => (each.ok ? [each.value] : []));
    return values.length > 0 ? good(values) : bad(value, 'at least one');
  });
}

const patterns = oneOrMore((value): Parsed<string> => {
  const fits = typeof value === 'string' && /^(\*|[a-z0-9]([a-z0-9-]*[a-z0-9])?|[a-z0-9][a-z0-9-]*\*)$/.test(value);
  return fits ? good(value) : bad(value, 'a name, * for every one, or the beginning of names and a *, for example shop-*');
});

const grantShape = { role: field((value) => parseChoice(value, roles)), clusters: patterns, namespaces: patterns };
const grants = list(mapping(grantShape), { min: 1 });

/** What is secret, or may have been meant to be, is not repeated in a message. */
function unseen(value: unknown, expected: string): Parsed<never> {
  return typeof value === 'string' ? { ok: false, found: `text of ${value.length} characters`, expected } : bad(value, expected);
}

function parseSha256(value: unknown): Parsed<string> {
  const expected = 'the SHA-256 of a key, 64 digits in hex, as `squall keys new` prints it';
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? good(value.toLowerCase()) : unseen(value, expected);
}

function parseSecret(value: unknown): Parsed<Buffer> {
  const expected = 'whsec_ and 24 to 64 bytes in base64, as Standard Webhooks has it';
  const [, base64] = typeof value === 'string' ? (/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? []) : [];
  const secret = Buffer.from(base64 ?? '', 'base64');
  return secret.length >= 24 && secret.length <= 64 ? good(secret) : unseen(value, expected);
}

function parseInstant(value: unknown): Parsed<number> {
  const at = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? bad(value, 'a date or a time of ISO 8601, for example 2027-01-31') : good(at);
}

/** Over plain HTTP anybody in between could give out keys of their own. */
function parseIssuerUrl(value: unknown): Parsed<string> {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, '')));
  return isSafe && typeof value === 'string' ? good(value) : bad(value, 'an https URL (http only on loopback)');
}

const text = (value: unknown): Parsed<string> => (typeof value === 'string' && value !== '' ? good(value) : bad(value, 'text'));

const key = mapping({
  name,
  sha256: oneOrMore(parseSha256),
  expires: field(parseInstant).optional(),
  grants,
});

const reserved = ['key', 'webhook', 'anyone'];

const issuer = checkedMapping(
  {
    name,
    issuer: field(parseIssuerUrl),
    audience: oneOrMore(text),
    jwksUri: field(parseIssuerUrl).optional(),
    algorithms: oneOrMore((value) => parseChoice(value, signatureAlgorithms)).prefault(['RS256', 'PS256', 'ES256', 'EdDSA']),
    clockTolerance: field((value) => parseDuration(value, { maxMs: 300_000 })).prefault('30s'),
    nameClaim: claim.prefault('sub'),
    groupsClaim: claim.prefault('groups'),
    grants: list(mapping({ group: field(text), ...grantShape }), { min: 1 }),
  },
  (given, context) => {
    if (given.name !== undefined && reserved.includes(given.name)) {
      raise(context, ['name'], given.name, `a name that squall does not use itself: none of ${reserved.join(', ')}`);
    }
  },
);

const webhook = mapping({ name, secrets: oneOrMore(parseSecret), grants });

const nameOf = (written: unknown) => ({ name: (written as { name?: unknown } | null)?.name, path: ['name'] });

const schema = mapping({
  keys: list(key, { nameOf }).prefault([]),
  issuers: list(issuer, { nameOf }).prefault([]),
  webhooks: list(webhook, { nameOf }).prefault([]),
});

/** Reads the text of an auth file: every mistake with its line, and no secret in any message. */
export function parseAuthFile(source: string, fileName: string): ReadAuthFile {
  const parsed = parseYaml(schema, source, fileName);
  if (!parsed.ok) return parsed;
  const { keys, issuers, webhooks } = parsed.value;
  return {
    ok: true,
    file: {
      keys: keys.map(({ expires = null, ...rest }) => ({ ...rest, expiresAt: expires })),
      issuers: issuers.map(({ jwksUri = null, clockTolerance, ...rest }) => ({ ...rest, jwksUri, clockToleranceMs: clockTolerance })),
      webhooks,
    },
  };
}
