import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AuthWebhook } from './auth-file.ts';

/** The header in which Flux's provider `generic-hmac` signs: https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac */
export const bodySignatureHeader = 'x-signature';

/**
 * Whose secret signed a body: `sha256=HEX`. It says nothing of when, so that what was sent once can be sent again by whoever saw it:
 * it is taken by triggers alone, which start nothing twice for one cause. The key is the secret's own bytes: what stands in base64
 * behind `whsec_`.
 */
export function verifyBodySignature(signature: string, body: Uint8Array, webhooks: readonly AuthWebhook[]): AuthWebhook | undefined {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(signature) ?? [];
  if (hex === undefined) return undefined;
  const presented = Buffer.from(hex, 'hex');
  return webhooks.find(({ secrets }) =>
    secrets.some((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), presented)),
  );
}
