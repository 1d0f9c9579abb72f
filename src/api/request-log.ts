import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { knownPrincipalOf } from './auth/principal.ts';
import type { ApiMetrics } from './metrics.ts';
import { requestIdHeader } from './request-id.ts';
import { routeOf } from './route-of.ts';
import { runOf } from './trace-requests.ts';

/** Gives each request an id, and logs and measures it when its response has ended. */
export function requestLog(log: Logger, metrics: ApiMetrics): RequestHandler {
  return (req, res, next) => {
    const requestId = randomUUID();
    const startedAt = performance.now();
    res.setHeader(requestIdHeader, requestId);
    res.once('close', () => {
      const ms = performance.now() - startedAt;
      const route = routeOf(req);
      const caller = knownPrincipalOf(req)?.name;
      const told = { method: req.method, path: req.path, route, status: res.statusCode, ms: Math.round(ms) };
      log.info({ requestId, runId: runOf(req, res), caller, ...told }, 'request');
      if (!isStream(res)) metrics.observe(req.method, route, res.statusCode, ms / 1_000);
    });
    next();
  };
}

function isStream(res: Response): boolean {
  return String(res.getHeader('content-type')).startsWith('text/event-stream');
}
