import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { isLoopback } from '../config.ts';
import { Problem } from './problem.ts';

/**
 * Lets through who presents the key. Without a key, which only a loopback address allows, it lets
 * through what a person of this machine sent, and not what a web page made their browser send: pages
 * reach loopback by a foreign origin, or by a host name that resolves to it.
 */
export function authenticate(key: string | null): RequestHandler {
  if (key === null) return refuseForeignPages;
  const expected = digest(key);
  return (req, _res, next) => {
    const [, presented] = /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '') ?? [];
    if (presented !== undefined && timingSafeEqual(digest(presented), expected)) return next();
    const detail = presented === undefined ? 'Expected the header Authorization: Bearer KEY.' : 'The key is not the one squall was given.';
    throw new Problem(401, 'unauthorized', 'A key is required', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="squall"' } });
  };
}

/** Digests have one length, whatever is presented, and so compare in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const refuseForeignPages: RequestHandler = (req, _res, next) => {
  const origin = req.get('origin');
  for (const url of [`http://${req.get('host') ?? ''}`, ...(origin === undefined ? [] : [origin])]) {
    if (!isLoopback(hostOf(url))) {
      const detail = `Found a request for or from ${url}; without a key only requests from this machine to a loopback name are answered.`;
      throw new Problem(403, 'foreign-origin', 'The request comes from elsewhere', detail);
    }
  }
  next();
};

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}
