import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { authenticate } from './auth/authenticate.ts';
import type { ApiContext } from './context.ts';
import { defaultLimits, limitRequests, limitStreams } from './limits.ts';
import { Problem, sendProblem } from './problem.ts';
import { problemOfError } from './problem-of-error.ts';
import { requestIdOf } from './request-id.ts';
import { requestLog } from './request-log.ts';
import type { Route } from './route.ts';
import { codecOrigin } from './routes/codec.ts';
import { routes } from './routes.ts';
import { serveRoutes } from './serve-route.ts';
import { traceRequests } from './trace-requests.ts';

/** The REST API. It knows Temporal alone: what touches a cluster is done by workers. */
export function createApp(context: ApiContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestLog(context.log, context.metrics), traceRequests, securityHeaders, codecOrigin(context));
  const isOpen = ({ access }: Route) => access === 'open';
  serveRoutes(app, routes.filter(isOpen), context);
  const { limits = defaultLimits } = context;
  app.use(authenticate(context), limitRequests(limits), limitStreams(limits));
  serveRoutes(
    app,
    routes.filter((route) => !isOpen(route)),
    context,
  );
  app.use(notFound, errorHandler(context.log));
  return app;
}

/** What is opened in a browser runs nothing and loads nothing: a report carries its styles and drawings. Pages have a policy of their own. */
const answerPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const securityHeaders: RequestHandler = (_req, res, next) => {
  res.set({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'content-security-policy': answerPolicy });
  next();
};

const notFound: RequestHandler = (req) => {
  throw new Problem(404, 'not-found', 'Not found', `Nothing is served at ${req.path}.`);
};

function errorHandler(log: Logger): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, _req, res, _next) => {
    const problem = problemOfError(error);
    if (problem.status >= 500) log.error({ requestId: requestIdOf(res), err: problem.cause ?? problem }, problem.message);
    // A stream that has begun can't become a problem: it is cut off, so that the client sees it did not end well.
    if (res.headersSent) res.destroy();
    else sendProblem(res, problem);
  };
}
