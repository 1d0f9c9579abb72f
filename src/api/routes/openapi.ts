import { type OpenApiDocument, openApiDocument } from '../openapi/document.ts';
import { declareRoute, type Route } from '../route.ts';
import { opaque } from '../schemas/opaque.ts';

/** The document of the API. It tells of nothing but the release, and whoever makes a client reads it before having a key. */
export function openApiRoute(routes: () => readonly Route[]): Route {
  let document: OpenApiDocument | undefined;
  return declareRoute(
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'readOpenApi',
      tag: 'service',
      summary: 'This document',
      access: 'open',
      responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': opaque<OpenApiDocument>('an OpenAPI document') } } },
    },
    async () => {
      document ??= openApiDocument(routes());
      return { status: 200, body: document };
    },
  );
}
