import { readFileSync } from 'node:fs';
import { signDelivery } from '../api/auth/webhook-signature.ts';
import type { Message } from './message.ts';
import type { Destination } from './receiver.ts';
import { NotTakenError, request } from './request.ts';

/**
 * Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The body is
 * `{type, timestamp, data}`; `webhook-id` is the same whenever the same is sent again.
 */
export async function sendWebhook(
  { url, secretFile }: Extract<Destination, { kind: 'webhook' }>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  const { id, text, run, event } = message;
  const { type, at, ...data } = event;
  const body = JSON.stringify({
    type,
    timestamp: at,
    data: { campaign: run.campaign, cluster: run.cluster, namespace: run.namespace, text, ...data },
  });
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': readSecrets(secretFile)
      .map((secret) => signDelivery(secret, id, timestamp, body))
      .join(' '),
  };
  await request({ method: 'POST', url, headers, body }, signal);
}

/** One secret in a line, the newest first; with an older one below it, receivers can be given the new one in their own time. */
function readSecrets(file: string): Buffer[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const secrets = lines.map((line) => Buffer.from(/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line.trim())?.[1] ?? '', 'base64'));
  if (secrets.length > 0 && secrets.every(({ length }) => length >= 24 && length <= 64)) return secrets;
  throw new NotTakenError('its secret file does not hold whsec_ and 24 to 64 bytes in base64', true);
}
