import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AuthWebhook } from './auth-file.ts';

// Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

/** As the specification recommends: a recorded delivery is worth nothing after that. */
const toleranceMs = 300_000;

export interface Delivery {
  /** the header `webhook-id`: the same for each attempt to deliver */
  id: string | undefined;
  /** the header `webhook-timestamp`: seconds since the epoch */
  timestamp: string | undefined;
  /** the header `webhook-signature`: `v1,BASE64`, or several with spaces between them while a secret is replaced */
  signature: string | undefined;
  /** the very bytes that came */
  body: Uint8Array;
}

export type VerifiedDelivery = { ok: true; webhook: AuthWebhook; id: string } | { ok: false; reason: string };

/** Whose secret signed a delivery. */
export function verifyDelivery(delivery: Delivery, webhooks: readonly AuthWebhook[], now: number = Date.now()): VerifiedDelivery {
  const { id = '', timestamp = '', signature = '', body } = delivery;
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(id)) return { ok: false, reason: 'webhook-id is not 1 to 128 letters, digits, ".", "_" and "-"' };
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, reason: 'webhook-timestamp is not a number of seconds' };
  const age = Math.round((now - Number(timestamp) * 1_000) / 1_000);
  if (Math.abs(age) * 1_000 > toleranceMs) {
    return {
      ok: false,
      reason: `webhook-timestamp is ${Math.abs(age)} s ${age > 0 ? 'old' : 'ahead'}, expected at most ${toleranceMs / 1_000}`,
    };
  }
  const presented = signature.split(' ').flatMap((each) => (each.startsWith('v1,') ? [Buffer.from(each.slice(3), 'base64')] : []));
  for (const webhook of webhooks) {
    const expected = webhook.secrets.map((secret) => digest(secret, id, timestamp, body));
    if (presented.some((given) => expected.some((each) => given.length === each.length && timingSafeEqual(given, each)))) {
      return { ok: true, webhook, id };
    }
  }
  return { ok: false, reason: 'webhook-signature is of no secret in the auth file' };
}

/** The header `webhook-signature` of a delivery. @param timestamp seconds since the epoch */
export function signDelivery(secret: Uint8Array, id: string, timestamp: number, body: Uint8Array | string): string {
  return `v1,${digest(secret, id, String(timestamp), body).toString('base64')}`;
}

function digest(secret: Uint8Array, id: string, timestamp: string, body: Uint8Array | string): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
}
