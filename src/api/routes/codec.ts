import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { jsonBody } from '../body.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { declareRoute } from '../route.ts';

// Temporal's remote data encoding: its Web UI and its CLI send payloads here, and show what comes back.

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const base64 = z.string().regex(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, { error: 'bytes in base64' });
const payload = z
  .object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })
  .meta({ id: 'TemporalPayload', description: "A payload of Temporal's, as protobuf's JSON has it: bytes are in base64" });
const payloads = z.object({ payloads: z.array(payload).max(10_000) }).meta({
  id: 'TemporalPayloads',
  description: 'Payloads of Temporal',
  example: { payloads: [{ metadata: { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==', 'encryption-key-id': 'MjAyNi0xMQ==' }, data: 'AAAA' }] },
});
type Payloads = z.output<typeof payloads>;

/** A whole page of a history's payloads comes at once. */
const limit = '16mb';
const everywhere = [{ cluster: null, namespace: null }];
const responses = { 200: { description: 'The payloads, in their order', content: { 'application/json': payloads } } };

export const decodePayloadsRoute = declareRoute(
  {
    method: 'post',
    path: '/codec/decode',
    operationId: 'decodePayloads',
    tag: 'codec',
    summary: "Payloads as they were before squall encrypted them, for Temporal's Web UI and CLI",
    description: 'A payload does not say which run it is of: it takes a caller who may read every cluster and namespace.',
    access: 'viewer',
    body: jsonBody(payloads, { limit }),
    responses,
    problems: ['undecodable-payload'],
  },
  async ({ body, authorize, caller, requestId }, context) => {
    authorize(everywhere);
    context.log.info({ requestId, caller: caller.name, payloads: body.payloads.length }, 'payloads decoded');
    let decoded = fromJson(body);
    for (const codec of codecsOf(context).toReversed()) decoded = await codec.decode(decoded).catch(undecodable);
    return { status: 200, body: toJson(decoded) };
  },
);

export const encodePayloadsRoute = declareRoute(
  {
    method: 'post',
    path: '/codec/encode',
    operationId: 'encodePayloads',
    tag: 'codec',
    summary: "Payloads encrypted as squall's are, for Temporal's Web UI and CLI",
    access: 'operator',
    body: jsonBody(payloads, { limit }),
    responses,
  },
  async ({ body, authorize }, context) => {
    authorize(everywhere);
    let encoded = fromJson(body);
    for (const codec of codecsOf(context)) encoded = await codec.encode(encoded);
    return { status: 200, body: toJson(encoded) };
  },
);

/**
 * Lets pages of Temporal's Web UI ask, by the origin that is configured for it, and no others. It goes before `authenticate`: a browser
 * asks first whether it may, without a key.
 */
export function codecOrigin({ uiUrl }: Pick<ApiContext, 'uiUrl'>): RequestHandler {
  const origin = uiUrl === null ? null : new URL(uiUrl).origin;
  return (req, res, next) => {
    if (!req.path.startsWith('/codec/') || origin === null) return next();
    res.vary('Origin');
    if (req.get('origin') !== origin) return next();
    res.set({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' });
    if (req.method !== 'OPTIONS') return next();
    res
      .set({
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'authorization, content-type, x-namespace, authorization-extras',
        'access-control-max-age': '600',
      })
      .status(204)
      .end();
  };
}

function codecsOf({ client }: ApiContext) {
  return client.options.loadedDataConverter.payloadCodecs;
}

function fromJson({ payloads: given }: Payloads): Payload[] {
  return given.map((each) => PayloadMessage.fromObject(each));
}

function toJson(given: Payload[]): Payloads {
  return {
    payloads: given.map((each) => PayloadMessage.toObject(PayloadMessage.create(each), { bytes: String }) as z.output<typeof payload>),
  };
}

function undecodable(cause: unknown): never {
  const detail = cause instanceof Error ? `${cause.message}.` : 'A payload cannot be decoded.';
  throw new Problem(422, 'undecodable-payload', 'A payload cannot be decoded', detail, { cause });
}
