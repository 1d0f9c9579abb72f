import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { principalOf } from './auth/principal.ts';
import { Problem } from './problem.ts';

export interface RequestLimits {
  /** requests of one caller in a minute; null: as many as it likes */
  perMinute: number | null;
  /** streams of events of one caller at once */
  streams: number;
}

export const defaultLimits: RequestLimits = { perMinute: 1_200, streams: 100 };

const windowMs = 60_000;

/**
 * Bounds how often one caller may ask, in each process for itself. Who is not asked for a key sits at this machine, and is not bounded.
 * It goes behind `authenticate`.
 */
export function limitRequests({ perMinute }: RequestLimits): RequestHandler {
  if (perMinute === null) return (_req, _res, next) => next();
  return rateLimit({
    windowMs,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skip: (req) => !principalOf(req).identified,
    keyGenerator: (req) => principalOf(req).name,
    handler(req, res, next) {
      next(
        tooMany(
          `${principalOf(req).name} has made ${perMinute} requests within a minute.`,
          secondsUntilReset(res.getHeader('Retry-After')),
        ),
      );
    },
  });
}

/** Bounds the streams of events that one caller holds open. It goes behind `authenticate`. */
export function limitStreams({ streams }: RequestLimits): RequestHandler {
  const open = new Map<string, number>();
  return (req, res, next) => {
    const { name, identified } = principalOf(req);
    if (!identified || req.method !== 'GET' || !/\/events\/?$/.test(req.path)) return next();
    const held = open.get(name) ?? 0;
    if (held >= streams) return next(tooMany(`${name} holds ${streams} streams of events open.`, 5));
    open.set(name, held + 1);
    res.once('close', () => {
      const left = (open.get(name) ?? 1) - 1;
      if (left > 0) open.set(name, left);
      else open.delete(name);
    });
    return next();
  };
}

function secondsUntilReset(header: unknown): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : windowMs / 1_000;
}

function tooMany(detail: string, retryAfterS: number): Problem {
  return new Problem(429, 'too-many-requests', 'Too many requests', detail, { headers: { 'Retry-After': String(retryAfterS) } });
}
