import { isDeepStrictEqual } from 'node:util';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { maxNesting, nestsDeeperThan } from '../security/nesting.ts';
import { authorize, authorizeSomewhere, type Place } from './auth/authorize.ts';
import { anyoneHere, principalOf } from './auth/principal.ts';
import type { BodyDeclaration } from './body.ts';
import type { ApiContext } from './context.ts';
import { Problem } from './problem.ts';
import { readRequest } from './read-request.ts';
import { requestIdOf } from './request-id.ts';
import type { Method, Reply, Route } from './route.ts';

const methodOrder: Method[] = ['get', 'post', 'put', 'patch', 'delete'];
const defaultDeadlineMs = 10_000;

/** Serves routes by Express: those of one path together, so that any other method there is told which there are. */
export function serveRoutes(app: Express, routes: readonly Route[], context: ApiContext): void {
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    const served = app.route(expressPath(path));
    const methods = ofPath.toSorted((a, b) => methodOrder.indexOf(a.method) - methodOrder.indexOf(b.method));
    for (const route of methods) served[route.method](...handlersOf(route, context));
    served.all(methodNotAllowed(methods.map(({ method }) => method.toUpperCase()).join(', ')));
  }
}

/** `/v1/runs/{id}` as Express writes it. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{([A-Za-z]+)\}/g, ':$1');
}

function handlersOf(route: Route, context: ApiContext): RequestHandler[] {
  const { access, body } = route;
  const role: RequestHandler = (req, _res, next) => {
    if (access !== 'open') authorizeSomewhere(principalOf(req), access);
    next();
  };
  return [role, ...(body === undefined ? [] : readers(body)), (req, res) => answer(route, context, req, res)];
}

async function answer(route: Route, context: ApiContext, req: Request, res: Response): Promise<void> {
  const { access, scope = 'places', deadlineMs = defaultDeadlineMs } = route;
  const caller = access === 'open' ? { ...anyoneHere, grants: [] } : principalOf(req);
  const input = readRequest(route, req, caller.identified);
  let authorized = access === 'open' || scope === 'service';
  const handle = () =>
    route.handler(
      {
        ...input,
        requestId: requestIdOf(res),
        signal: AbortSignal.any([context.closing, whenClosed(res)]),
        authorize: (places: readonly Place[]) => {
          if (access !== 'open') for (const place of places) authorize(caller, access, place);
          authorized = true;
        },
        caller,
        accepts: (types) => accepts(req, res, types),
      },
      context,
    );
  const reply = deadlineMs === null ? await handle() : await context.client.withDeadline(Date.now() + deadlineMs, handle);
  if (!authorized) throw new Error(`${route.operationId} answered without having asked whether the caller may`);
  if (context.verifyReplies) verifyReply(route, reply);
  await send(res, reply);
}

async function send(res: Response, { status, headers, type, body, stream }: Reply): Promise<void> {
  res.status(status);
  for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) res.set(name, String(value));
  if (stream) await stream(res);
  else if (typeof body === 'string' && type !== undefined && type !== 'application/json') res.type(type).send(body);
  else if (body === undefined) res.end();
  else res.json(body);
}

/** In tests: an answer that its declaration does not foresee is an error of ours. */
function verifyReply({ operationId, responses }: Route, { status, type = 'application/json', body }: Reply): void {
  const declared = responses[status];
  if (declared === undefined) throw new Error(`${operationId} answered ${status}, which it does not declare`);
  if (body === undefined) return;
  const schema = declared.content?.[type];
  if (schema === undefined) throw new Error(`${operationId} answered ${type}, which it does not declare for ${status}`);
  const sent: unknown = type === 'application/json' ? JSON.parse(JSON.stringify(body)) : body;
  const result = schema.safeParse(sent);
  if (!result.success) throw new Error(`${operationId} answered what its schema does not foresee: ${result.error.message}`);
  if (!isDeepStrictEqual(result.data, sent))
    throw new Error(`${operationId} answered more than its schema foresees: ${JSON.stringify(sent)}`);
}

function whenClosed(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}

function accepts<const Type extends string>(req: Request, res: Response, types: readonly [Type, ...Type[]]): Type {
  res.vary('Accept');
  const found = req.accepts([...types]);
  const chosen = types.find((type) => type === found);
  if (chosen !== undefined) return chosen;
  const detail = `Accept: found ${req.get('accept')}, expected one of ${types.join(', ')}.`;
  throw new Problem(406, 'not-acceptable', 'Not acceptable', detail);
}

function readers({ content, alsoTaken = [], limit, parse }: BodyDeclaration<unknown>): RequestHandler[] {
  const mediaTypes = [...Object.keys(content), ...alsoTaken];
  const expected = `${mediaTypes.length === 1 ? '' : 'one of '}${mediaTypes.join(', ')}`;
  const requireMediaType: RequestHandler = (req, _res, next) => {
    if (!req.is(mediaTypes)) {
      const detail = `Content-Type: found ${req.get('content-type') ?? 'no body or no Content-Type'}, expected ${expected}.`;
      throw new Problem(415, 'unsupported-media-type', 'Unsupported media type', detail, { headers: { Accept: mediaTypes.join(', ') } });
    }
    next();
  };
  const refuseDeep: RequestHandler = (req, _res, next) => {
    if (!nestsDeeperThan(req.body)) return next();
    throw new Problem(400, 'bad-request', 'The request is malformed', `The body is nested more than ${maxNesting} deep.`);
  };
  if (parse.as === 'text') return [requireMediaType, express.text({ type: mediaTypes, limit })];
  return [requireMediaType, express.json({ limit, strict: false }), refuseDeep];
}

function methodNotAllowed(allowed: string): RequestHandler {
  return (req) => {
    const detail = `${req.originalUrl.split('?')[0]} knows ${allowed}, not ${req.method}.`;
    throw new Problem(405, 'method-not-allowed', 'Method not allowed', detail, { headers: { Allow: allowed } });
  };
}
