import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../../config.ts';
import { Problem } from '../problem.ts';
import type { AuthSource } from './auth-source.ts';
import { anyoneHere, ownerOfTheKey, type Principal, setPrincipal } from './principal.ts';
import { identifySigned, isSigned } from './signed-request.ts';

export interface AuthenticateOptions {
  /** the one key of SQUALL_API_KEY; null: there is none */
  key: string | null;
  /** the auth file; null: there is none */
  auth: AuthSource | null;
  /** remembers webhooks */
  client: Client;
}

/**
 * Finds out who calls: by a key, by an issuer's bearer token, or by a webhook's signature. With neither key nor auth file, which only a loopback address
 * allows, it lets through what a person of this machine sent, and not what a web page made their browser send: pages reach
 * loopback by a foreign origin, or by a host name that resolves to it.
 */
export function authenticate({ key, auth: source, client }: AuthenticateOptions): RequestHandler {
  if (key === null && source === null) {
    return (req, _res, next) => {
      refuseForeignPages(req);
      setPrincipal(req, anyoneHere);
      next();
    };
  }
  const expected = key === null ? null : digest(key);
  return async (req, _res, next) => {
    const isWebhook = source !== null && isSigned(req);
    setPrincipal(req, isWebhook ? await identifySigned(req, source, client) : await identify(req, expected, source));
    next();
  };
}

async function identify(req: Request, expected: Buffer | null, source: AuthSource | null): Promise<Principal> {
  const [, presented] = /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '') ?? [];
  if (presented === undefined) throw unauthorized('Expected the header Authorization: Bearer KEY.', null);
  if (expected !== null && timingSafeEqual(digest(presented), expected)) return ownerOfTheKey;
  const key = source?.keyOf(presented);
  if (key !== undefined) return { name: `key:${key.name}`, grants: key.grants, identified: true };
  if (source?.isToken(presented) !== true) throw unauthorized('squall does not know the key, or its time is over.', 'invalid_token');
  const verified = await source.verifyToken(presented);
  if (verified.outcome === 'accepted') return verified.principal;
  if (verified.outcome === 'refused') throw unauthorized(`The token was refused: ${verified.reason}.`, 'invalid_token');
  const detail = `Whether the token is valid cannot be told: ${verified.reason}.`;
  throw new Problem(503, 'issuer-unreachable', 'The issuer of the token cannot be reached', detail, { headers: { 'Retry-After': '5' } });
}

function unauthorized(detail: string, error: string | null): Problem {
  const challenge = `Bearer realm="squall"${error === null ? '' : `, error="${error}"`}`;
  return new Problem(401, 'unauthorized', 'A key is required', detail, { headers: { 'WWW-Authenticate': challenge } });
}

/** Digests have one length, whatever is presented, and so compare in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refuseForeignPages(req: Request): void {
  const origin = req.get('origin');
  for (const url of [`http://${req.get('host') ?? ''}`, ...(origin === undefined ? [] : [origin])]) {
    if (!isLoopback(hostOf(url))) {
      const detail = `Found a request for or from ${url}; without a key only requests from this machine to a loopback name are answered.`;
      throw new Problem(403, 'foreign-origin', 'The request comes from elsewhere', detail);
    }
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}
