import type { Response } from 'express';
import type { z } from 'zod';
import type { Place } from './auth/authorize.ts';
import type { Principal, Role } from './auth/principal.ts';
import type { BodyDeclaration } from './body.ts';
import type { ApiContext } from './context.ts';
import type { ProblemType } from './problem-types.ts';

/**
 * One route, said once: Express, the validation of what comes in, the types its handler works with, and its part of the OpenAPI
 * document come from this. A declaration is data, a constant of its module, and the handler is given beside it:
 *
 * ```ts
 * export const readThing = declareRoute(
 *   {
 *     method: 'get',
 *     path: '/v1/things/{name}',
 *     operationId: 'readThing',
 *     tag: 'things',
 *     summary: 'One thing',
 *     access: 'viewer',
 *     params: z.object({ name: z.string().meta({ description: 'its name', example: 'redis' }) }),
 *     responses: { 200: { description: 'The thing', content: { 'application/json': thing } } },
 *     problems: ['thing-not-found'],
 *   },
 *   async ({ params, authorize }, { client }) => {
 *     const found = await findThing(client, params.name);
 *     authorize([{ cluster: found.cluster, namespace: found.namespace }]);
 *     return { status: 200, body: found };
 *   },
 * );
 * ```
 *
 * Schemas with `.meta({ id: 'Thing' })` become components of the document. Messages of a schema (`{ error: 'a name of …' }`) say what
 * was expected: they are told with the place and what was found, all mistakes at once. A route is served once it is in routes.ts.
 */
export interface RouteDeclaration<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Headers extends z.ZodObject = z.ZodObject,
  Body = unknown,
  Responses extends ResponseDeclarations = ResponseDeclarations,
> {
  method: Method;
  /** as OpenAPI writes it: `/v1/runs/{id}` */
  path: `/${string}`;
  /** unique; what a generated client calls it */
  operationId: string;
  /** what the operation is listed under */
  tag: string;
  summary: string;
  /** Markdown; absent: the summary says it all */
  description?: string;
  access: Access;
  /**
   * `places` (the default): the handler has to call `authorize` with every place the request reaches, or the answer is an internal
   * error. `service`: it reaches no place, or leaves out what the caller may not see; having the role anywhere is enough.
   */
  scope?: 'places' | 'service';
  /** absent: the path has none. What does not fit them is not found. */
  params?: Params;
  /** a strict object; absent: none is allowed */
  query?: Query;
  /** by lower-case name; others are ignored */
  headers?: Headers;
  /** `jsonBody(schema)` or `campaignDocument`; absent: none, and what is sent is not read */
  body?: BodyDeclaration<Body>;
  /** by status: all it answers but problems */
  responses: Responses;
  /** those it tells beside the ones that its access, parameters and body bring along */
  problems?: readonly ProblemType[];
  /** how long its calls to Temporal may take together, in ms (10 s); null: it sees to that itself */
  deadlineMs?: number | null;
}

/** What a caller needs to be. `open`: nobody in particular, not even one with a key. */
export type Access = 'open' | Role;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface ResponseDeclaration {
  description: string;
  /** by media type; absent: it has no content */
  content?: Record<string, z.ZodType>;
  /** by name, as it is written; absent: none worth a word */
  headers?: z.ZodObject;
}

export type ResponseDeclarations = Record<number, ResponseDeclaration>;

/** What a handler is given: all of it validated. */
export interface RouteRequest<Params extends z.ZodObject, Query extends z.ZodObject, Headers extends z.ZodObject, Body> {
  params: z.output<Params>;
  query: z.output<Query>;
  headers: z.output<Headers>;
  body: Body;
  /** by which the log is searched for it */
  requestId: string;
  /** aborts when the client has gone, and when the process begins to end */
  signal: AbortSignal;
  /**
   * Checks that the caller has the route's role at each of these places, and says so by a Problem 403. Of a run they are its search
   * attributes; of a document, all its targets.
   */
  authorize: (places: readonly Place[]) => void;
  /** who calls; of a route that is open, nobody in particular */
  caller: Principal;
  /** the one of these media types that Accept likes best, or a Problem 406 that names them */
  accepts: <const Type extends string>(types: readonly [Type, ...Type[]]) => Type;
}

export type Handler<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Headers extends z.ZodObject,
  Body,
  Responses extends ResponseDeclarations,
> = (request: RouteRequest<Params, Query, Headers, Body>, context: ApiContext) => Promise<ReplyTo<Responses>>;

/** An answer that the declaration foresees: a status, the headers and one of the media types declared for it. */
export type ReplyTo<Responses extends ResponseDeclarations> = {
  [Status in keyof Responses & number]: { status: Status } & HeadersOf<Responses[Status]> & ContentOf<Responses[Status]>;
}[keyof Responses & number];

type HeadersOf<Declared extends ResponseDeclaration> = Declared extends { headers: infer Headers extends z.ZodObject }
  ? { headers: z.input<Headers> }
  : { headers?: undefined };

type ContentOf<Declared extends ResponseDeclaration> = Declared extends { content: infer Content extends Record<string, z.ZodType> }
  ? { [Type in keyof Content & string]: Typed<Type, z.input<Content[Type]>> }[keyof Content & string]
  : { type?: undefined; body?: undefined; stream?: undefined };

/** JSON needs no word; anything else says what it is, and is a text or written as it comes. */
type Typed<Type extends string, Body> = Type extends 'application/json'
  ? { type?: Type; body: Body; stream?: undefined }
  : { type: Type; body: string; stream?: undefined } | { type: Type; stream: Stream; body?: undefined };

/** Writes the whole response, its head included, for as long as it lasts. */
export type Stream = (res: Response) => Promise<void>;

/** What a reply is to those who send it. */
export interface Reply {
  status: number;
  headers?: Record<string, unknown> | undefined;
  type?: string | undefined;
  body?: unknown;
  stream?: Stream | undefined;
}

/** A route whose own types are not of interest: what is served and documented. */
export type Route = RouteDeclaration & {
  handler: (request: RouteRequest<z.ZodObject, z.ZodObject, z.ZodObject, unknown>, context: ApiContext) => Promise<Reply>;
};

type None = z.ZodObject<Record<never, never>>;

export function declareRoute<
  Params extends z.ZodObject = None,
  Query extends z.ZodObject = None,
  Headers extends z.ZodObject = None,
  Body = undefined,
  const Responses extends ResponseDeclarations = ResponseDeclarations,
>(
  declaration: RouteDeclaration<Params, Query, Headers, Body, Responses>,
  handler: Handler<Params, Query, Headers, Body, NoInfer<Responses>>,
): Route {
  // The request is validated by the very schemas that the handler's types come from.
  return { ...declaration, handler } as unknown as Route;
}
