import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Client, Connection } from '@temporalio/client';
import type { Express } from 'express';
import { pino } from 'pino';
import { createApp } from '../../../src/api/app.ts';
import { ApiMetrics } from '../../../src/api/metrics.ts';
import { type OpenApiDocument, openApiDocument } from '../../../src/api/openapi/document.ts';
import { problemTypes } from '../../../src/api/problem-types.ts';
import { routes } from '../../../src/api/routes.ts';
import { expressPath } from '../../../src/api/serve-route.ts';

// What a client generator reads: all that is served, and nothing else.
describe('the OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(routes))) as OpenApiDocument;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Record<string, unknown> })),
  );

  it('is OpenAPI 3.1', async () => {
    assert.match(document.openapi, /^3\.1\./);
    assert.deepEqual(await new Validator().validate(structuredClone(document)), { valid: true });
  });

  it('tells every route that is served, and no other', () => {
    const told = operations.map(({ path, method }) => `${method} ${expressPath(path)}`);
    assert.deepEqual(servedBy(app()).toSorted(), told.toSorted());
  });

  it('gives each operation a name of its own, a summary, and a tag that is explained', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(names).size, names.length);
    const tags = (document.tags as { name: string; description: string }[]).map(({ name }) => name);
    for (const { operation } of operations) {
      assert.ok(String(operation.summary).length > 5);
      assert.ok(tags.includes((operation.tags as string[])[0] ?? ''), `${operation.operationId}: ${operation.tags}`);
    }
  });

  it('refers to nothing that is not there, and keeps nothing that nobody refers to', () => {
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference));
    const { schemas, headers } = document.components as Record<string, Record<string, unknown>>;
    const there = [
      ...Object.keys(schemas ?? {}).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(headers ?? {}).map((name) => `#/components/headers/${name}`),
    ];
    assert.deepEqual([...references].toSorted(), there.toSorted());
  });

  it('says of each operation who may, and which problems it tells', () => {
    for (const { operation, path } of operations) {
      const responses = operation.responses as Record<string, { headers: object; content?: Record<string, unknown> }>;
      const open = operation['x-squall-role'] === 'open';
      assert.deepEqual(operation.security, open ? [] : [{ bearer: [] }]);
      assert.equal(responses['401'] === undefined, open, path);
      for (const [status, response] of Object.entries(responses)) {
        assert.ok('X-Request-Id' in response.headers, `${path} ${status}`);
        if (Number(status) >= 400) assert.deepEqual(Object.keys(response.content ?? {}), ['application/problem+json']);
      }
    }
  });

  it('names headers that matter', () => {
    const parameterNames = operations.flatMap(({ operation }) => (operation.parameters as { name: string }[]).map(({ name }) => name));
    for (const name of ['Idempotency-Key', 'Last-Event-ID']) assert.ok(parameterNames.includes(name), name);
    for (const { operation, path } of operations) {
      const { 201: created, 202: accepted } = operation.responses as Record<string, { headers: object }>;
      for (const response of [created, accepted]) if (response) assert.ok('Location' in response.headers, path);
    }
  });

  it('says what docs/api.md says: each request with its role, each type of problem', async () => {
    const page = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([A-Z]+ \S+)` \| ([a-z]+) \|/gm)].map(([, request, role]) => `${request} ${role}`);
    const told = operations.map(({ path, method, operation }) => `${method.toUpperCase()} ${path} ${operation['x-squall-role']}`);
    assert.deepEqual(rows.toSorted(), told.toSorted());
    for (const type of Object.keys(problemTypes)) assert.ok(page.includes(`\`${type}\``), type);
  });

  it('knows every type of problem that the sources tell', async () => {
    const root = new URL('../../../src/api/', import.meta.url);
    const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const told = new Map<string, number>();
    for (const file of files) {
      const source = await readFile(new URL(file, root), 'utf8');
      for (const [, status, type = ''] of source.matchAll(/new Problem\(\s*(\d{3}),\s*'([a-z-]+)'/g)) told.set(type, Number(status));
    }
    assert.ok(told.size > 20, `${told.size} types found`);
    for (const [type, status] of told) assert.equal(problemTypes[type as keyof typeof problemTypes]?.[0], status, type);
  });
});

function app(): Express {
  return createApp({
    client: new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) }),
    clusters: ['default'],
    uiUrl: null,
    key: null,
    auth: null,
    log: pino({ level: 'silent' }),
    metrics: new ApiMetrics(),
    closing: new AbortController().signal,
  });
}

/** Every method and path that Express has a route for. */
function servedBy(express: Express): string[] {
  const layers = express.router.stack.flatMap(({ route }) => (route ? [route] : []));
  return layers.flatMap((route) => {
    const methods = new Set(route.stack.flatMap(({ method }) => (method ? [method] : [])));
    return [...methods].map((method) => `${method} ${route.path}`);
  });
}
