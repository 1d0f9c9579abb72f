import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { isRecord } from '../../campaign/document.ts';
import { rootMessage } from '../../root-message.ts';
import type { AuthIssuer } from './auth-file.ts';
import type { Principal } from './principal.ts';

const fetchTimeoutMs = 5_000;
/** keys are kept so long; one that an unknown key id asks for is looked for at most every 30 s */
const keysMaxAgeMs = 600_000;
const keysCooldownMs = 30_000;
const longestName = 200;

export type VerifiedToken =
  | { outcome: 'accepted'; principal: Principal }
  | { outcome: 'refused'; reason: string }
  /** its keys cannot be had: neither taken nor refused */
  | { outcome: 'unreachable'; reason: string };

/** Verifies the bearer tokens of one issuer. Its keys are found when a token first needs them, and kept. */
export class Issuer {
  readonly settings: AuthIssuer;
  #keys: JWTVerifyGetKey | undefined;

  constructor(settings: AuthIssuer) {
    this.settings = settings;
  }

  async verify(token: string): Promise<VerifiedToken> {
    const { issuer, audience, algorithms, clockToleranceMs } = this.settings;
    try {
      this.#keys ??= createRemoteJWKSet(new URL(await this.#jwksUri()), {
        timeoutDuration: fetchTimeoutMs,
        cacheMaxAge: keysMaxAgeMs,
        cooldownDuration: keysCooldownMs,
      });
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockToleranceMs / 1_000,
        requiredClaims: ['exp'],
      });
      return this.#principalOf(payload);
    } catch (error) {
      if (isRefusal(error)) return { outcome: 'refused', reason: error.message };
      return { outcome: 'unreachable', reason: `the keys of issuer ${this.settings.name}: ${rootMessage(error)}` };
    }
  }

  async #jwksUri(): Promise<string> {
    const { issuer, jwksUri } = this.settings;
    if (jwksUri !== null) return jwksUri;
    const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: 'error' });
    if (!response.ok) throw new Error(`${url} answered HTTP ${response.status}`);
    const told: unknown = await response.json();
    if (!isRecord(told) || told.issuer !== issuer) throw new Error(`${url} does not speak for issuer ${issuer}`);
    const { jwks_uri: uri } = told;
    // Who hands keys out over plain HTTP hands them out to whoever is in between.
    const isSafe = typeof uri === 'string' && URL.canParse(uri) && (uri.startsWith('https:') || issuer.startsWith('http:'));
    if (!isSafe) throw new Error(`${url} names no jwks_uri of https`);
    return uri;
  }

  #principalOf(payload: JWTPayload): VerifiedToken {
    const { name, nameClaim, groupsClaim, grants } = this.settings;
    const who = claimOf(payload, nameClaim);
    if (typeof who !== 'string' || !isPrintable(who)) {
      return { outcome: 'refused', reason: `claim ${nameClaim} is no text of 1 to ${longestName} characters` };
    }
    // Anybody may register an address that they do not own.
    if (nameClaim === 'email' && payload.email_verified === false) return { outcome: 'refused', reason: 'the email is not verified' };
    const groups = groupsOf(claimOf(payload, groupsClaim));
    return {
      outcome: 'accepted',
      principal: {
        name: `${name}:${who}`,
        grants: grants
          .filter(({ group }) => group === '*' || groups.includes(group))
          .map(({ role, clusters, namespaces }) => ({ role, clusters, namespaces })),
        identified: true,
      },
    };
  }
}

function isPrintable(text: string): boolean {
  return text !== '' && text.length <= longestName && !/\p{C}/u.test(text);
}

/** A claim by its own name, else by a path of dots: Keycloak has `realm_access.roles`. */
function claimOf(payload: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(payload, claim)) return payload[claim];
  return claim
    .split('.')
    .reduce<unknown>((value, part) => (isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined), payload);
}

/** A list, or one text in which spaces separate, as OAuth writes scopes. */
function groupsOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((group) => typeof group === 'string') : [];
}

/** What is wrong with the token, as against what keeps it from being looked at. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof errors.JOSEError)) return false;
  return !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC');
}
