import type { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import { type ProblemType, problemTypes } from '../problem-types.ts';
import type { ResponseDeclaration, Route } from '../route.ts';
import { problem, problemsOf } from './problems.ts';
import { type JsonSchema, SchemaCollection } from './schemas.ts';

type Member = Record<string, unknown>;

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Member>>;
  [member: string]: unknown;
}

/** The API in OpenAPI 3.1, from the declarations that it is served by. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const schemas = new SchemaCollection();
  schemas.add(problem, 'output');
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route, schemas) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'squall',
      version: packageJson.version,
      summary: packageJson.description,
      description: 'Chaos campaigns as durable workflows: started, watched, steered and reported on. docs/api.md tells of it by task.',
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.components,
      headers,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key, or a token of a configured issuer. Without either the API answers this machine alone.',
        },
      },
    },
  };
}

const tags = {
  runs: 'Runs of campaigns: started, listed, watched, reported on',
  steering: 'What people, and what watches from outside, may do to a run under way',
  plans: 'What a run would do',
  schedules: 'Campaigns that are saved and start runs by themselves',
  halt: 'The kill switch',
  faults: 'The catalogue',
  pages: 'Pages for people, and what is on them',
  service: 'The service itself',
  codec: "Payloads of Temporal's histories, for its Web UI and CLI",
};

const headers = {
  'X-Request-Id': { description: "by which the API's log is searched", schema: { type: 'string', format: 'uuid' } },
  'Retry-After': { description: 'in seconds: when it is worth to ask again', schema: { type: 'string', pattern: '^[0-9]+$' } },
  'WWW-Authenticate': { description: 'what is asked for', schema: { type: 'string' } },
};

function operation(route: Route, schemas: SchemaCollection): Member {
  const { operationId, tag, summary, description, access, body, responses } = route;
  const role = access === 'open' ? 'Open to everybody.' : `Needs the role ${access}.`;
  return {
    operationId,
    tags: [tag],
    summary,
    description: [description, role].filter((text) => text !== undefined).join('\n\n'),
    security: access === 'open' ? [] : [{ bearer: [] }],
    'x-squall-role': access,
    parameters: parametersOf(route, schemas),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: Object.fromEntries(Object.entries(body.content).map(([type, schema]) => [type, { schema: schemas.add(schema, 'input') }])),
      },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, responseOf(response, schemas)])),
      ...problemResponses(route),
    },
  };
}

function parametersOf({ params, query, headers: declared }: Route, schemas: SchemaCollection): Member[] {
  return [
    ...parameters('path', params, schemas),
    ...parameters('query', query, schemas),
    ...parameters('header', declared, schemas).map(({ name, ...rest }) => ({ name: headerName(String(name)), ...rest })),
  ];
}

function parameters(where: 'path' | 'query' | 'header', object: z.ZodObject | undefined, schemas: SchemaCollection): Member[] {
  return Object.entries(object?.shape ?? {}).map(([name, declared]) => {
    const { description, ...schema } = schemas.add(declared as z.ZodType, 'input');
    const required = where === 'path' || !(declared as z.ZodType).safeParse(undefined).success;
    // A segment of a path is never empty.
    const least = where === 'path' && schema.minLength === undefined ? { minLength: 1 } : {};
    return { name, in: where, required, ...(description !== undefined && { description }), schema: { ...schema, ...least } };
  });
}

/** As it is usually written. */
function headerName(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (match) => match.toUpperCase()).replace(/-Id$/, '-ID');
}

function responseOf({ description, content, headers: declared }: ResponseDeclaration, schemas: SchemaCollection): Member {
  const own = Object.entries(declared?.shape ?? {}).map(([name, schema]): [string, Member] => {
    const { description: told, ...json } = schemas.add(schema as z.ZodType, 'output');
    return [name, { required: (schema as z.ZodType).safeParse(undefined).success === false, description: told, schema: json }];
  });
  return {
    description,
    headers: { ...headerReferences('X-Request-Id'), ...Object.fromEntries(own) },
    ...(content !== undefined && {
      content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: schemas.add(schema, 'output') }])),
    }),
  };
}

function problemResponses(route: Route): Record<string, Member> {
  const byStatus = Map.groupBy(problemsOf(route), (type) => problemTypes[type][0]);
  return Object.fromEntries([...byStatus].map(([status, types]) => [String(status), problemResponse(status, types)]));
}

function problemResponse(status: number, types: readonly ProblemType[]): Member {
  const schema: JsonSchema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }],
    properties: { status: { const: status }, type: { enum: types.map((type) => `urn:squall:problem:${type}`) } },
  };
  return {
    description: types.map((type) => `\`${type}\`: ${problemTypes[type][1]}`).join('. '),
    headers: {
      ...headerReferences('X-Request-Id'),
      ...(status === 401 && headerReferences('WWW-Authenticate')),
      ...([409, 429, 503].includes(status) && headerReferences('Retry-After')),
    },
    content: { 'application/problem+json': { schema } },
  };
}

function headerReferences(...names: (keyof typeof headers)[]): Member {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
