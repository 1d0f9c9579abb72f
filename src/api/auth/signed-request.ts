import type { Client } from '@temporalio/client';
import type { Request } from 'express';
import { Problem } from '../problem.ts';
import type { AuthSource } from './auth-source.ts';
import { bodySignatureHeader, verifyBodySignature } from './body-signature.ts';
import type { Principal } from './principal.ts';
import { writeReceipt } from './webhook-receipt.ts';
import { verifyDelivery } from './webhook-signature.ts';

/** Alertmanager groups alerts: a notification may carry many. */
const largestBody = 1024 * 1024;

/** A signature says nothing of the path: it is taken only where a caller can do nothing but what its sender is for. */
const signedPaths = /^\/v1\/(?:runs\/[^/]+\/stop-conditions|triggers)\/[^/]+$/;

const triggerPaths = /^\/v1\/triggers\/[^/]+$/;

/** Whether a request comes as a signed webhook. */
export function isSigned(req: Request): boolean {
  if (req.get('authorization') !== undefined) return false;
  return req.get('webhook-signature') !== undefined || (triggerPaths.test(req.path) && req.get(bodySignatureHeader) !== undefined);
}

/**
 * Who signed a request. Its body is read here, since the signature is of its very bytes; what reads bodies after this finds it done.
 *
 * @throws Problem 401, 403, 409 or 413
 */
export async function identifySigned(req: Request, source: AuthSource, client: Client): Promise<Principal> {
  if (req.method !== 'POST' || !signedPaths.test(req.path)) {
    const detail = `Signed webhooks are taken by stop conditions and triggers, not by ${req.method} ${req.path}.`;
    throw new Problem(403, 'forbidden', 'The caller may not do this', detail);
  }
  const body = await readBytes(req);
  const ofBody = triggerPaths.test(req.path) && req.get('webhook-signature') === undefined ? req.get(bodySignatureHeader) : undefined;
  if (ofBody !== undefined) {
    const webhook = verifyBodySignature(ofBody, body, source.webhooks);
    if (webhook === undefined) throw refused('X-Signature is of no secret in the auth file');
    req.body = readValue(req, body);
    return { name: `webhook:${webhook.name}`, grants: webhook.grants, identified: true };
  }
  const verified = verifyDelivery(
    { id: req.get('webhook-id'), timestamp: req.get('webhook-timestamp'), signature: req.get('webhook-signature'), body },
    source.webhooks,
  );
  if (!verified.ok) throw refused(verified.reason);
  const { webhook, id } = verified;
  await client.withDeadline(Date.now() + 5_000, () => writeReceipt(client, webhook.name, id, req.originalUrl, body));
  req.body = readValue(req, body);
  return { name: `webhook:${webhook.name}`, grants: webhook.grants, identified: true, delivery: id };
}

function refused(reason: string): Problem {
  return new Problem(401, 'unauthorized', 'A key is required', `The webhook was refused: ${reason}.`, {
    headers: { 'WWW-Authenticate': 'Bearer realm="squall"' },
  });
}

async function readBytes(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Problem(413, 'document-too-large', 'The document is too large', 'Expected a body of at most 1 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readValue(req: Request, body: Buffer): unknown {
  const text = body.toString('utf8');
  if (!req.is('application/json')) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, 'bad-request', 'The request is malformed', 'The body is not JSON.', { cause });
  }
}
