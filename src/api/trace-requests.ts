import type { Request, RequestHandler, Response } from 'express';
import { parseTraceparent } from '../contracts/trace-context.ts';
import { tracing } from '../tracing/tracing.ts';
import { knownPrincipalOf } from './auth/principal.ts';
import { requestIdOf } from './request-id.ts';
import { routeOf } from './route-of.ts';

/** Asked for day and night, by machines. */
const untraced: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Each request is a span, of the caller's trace when it sends a `traceparent`. Nothing while tracing is off. */
export const traceRequests: RequestHandler = (req, res, next) => {
  const active = tracing();
  if (active === undefined || untraced.has(req.path)) return next();
  const span = active.start({
    name: req.method,
    kind: 'server',
    attributes: { 'http.request.method': req.method, 'url.path': req.path, 'squall.request.id': requestIdOf(res) },
    parent: parseTraceparent(req.get('traceparent')) ?? null,
  });
  res.once('close', () => {
    const route = routeOf(req);
    span.rename(`${req.method} ${route}`);
    span.set({
      'http.route': route,
      'http.response.status_code': res.statusCode,
      'squall.caller': knownPrincipalOf(req)?.name,
      'squall.run.id': runOf(req, res),
    });
    if (res.statusCode >= 500) span.fail(new Error(`answered ${res.statusCode}`));
    span.end();
  });
  active.within(span, next);
};

/** Of a request about a run, or one that began it. */
export function runOf(req: Request, res: Response): string | undefined {
  const [, begun] = /^\/v1\/runs\/([^/]+)$/.exec(String(res.getHeader('location'))) ?? [];
  if (begun !== undefined) return begun;
  const id: unknown = req.params.id;
  return routeOf(req).startsWith('/v1/runs/') && typeof id === 'string' ? id : undefined;
}
