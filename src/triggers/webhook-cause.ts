import { isRecord } from '../campaign/document.ts';

/** What a call of a saved campaign's webhook means. */
export type WebhookCause =
  | {
      kind: 'start';
      /** the same for every call that tells of the same; null: each call starts a run */
      key: string | null;
      /** what it tells, in a few words */
      said: string;
    }
  /** it tells of nothing that starts a run */
  | { kind: 'ignore'; reason: string };

const longestSaid = 200;

/**
 * What a webhook's body tells: a notification of Alertmanager, an event of Flux, or `{"key": …, "reason": …}` as a template of Argo
 * CD, or a script, writes it; anything else is a reason to start.
 */
export function webhookCause(body: unknown): WebhookCause {
  if (!isRecord(body)) return { kind: 'start', key: null, said: shorten(typeof body === 'string' && body !== '' ? body : 'its webhook') };
  if (Array.isArray(body.alerts)) return causeOfAlerts(body.alerts.filter(isRecord));
  if (isRecord(body.involvedObject)) return causeOfFlux(body.involvedObject, body);
  const said = [body.reason, body.message, body.summary].find((value): value is string => typeof value === 'string' && value !== '');
  const key = typeof body.key === 'string' && body.key !== '' ? `key ${body.key}` : null;
  return { kind: 'start', key, said: shorten(said ?? 'its webhook') };
}

/**
 * Alertmanager repeats a notification while alerts fire, and sends it again as alerts join: an alert's firing is one cause.
 * The payload is its version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
function causeOfAlerts(alerts: Record<string, unknown>[]): WebhookCause {
  const firing = alerts.filter(({ status }) => status === 'firing');
  if (firing.length === 0) return { kind: 'ignore', reason: 'none of the alerts is firing' };
  const ids = firing.map(({ fingerprint, labels, startsAt }) => `${fingerprint ?? JSON.stringify(labels)} ${startsAt}`);
  const names = firing.map(({ labels }) => (isRecord(labels) && typeof labels.alertname === 'string' ? labels.alertname : 'an alert'));
  return { kind: 'start', key: `alert ${ids.sort().join(' ')}`, said: shorten(`alert ${[...new Set(names)].join(', ')}`) };
}

/**
 * Flux tells of every step; what has been applied, or released, is a rollout. One revision of one object is one cause.
 * The payload: https://fluxcd.io/flux/components/notification/providers/#generic-webhook
 */
function causeOfFlux(object: Record<string, unknown>, { severity, reason, metadata, message }: Record<string, unknown>): WebhookCause {
  const name = `${object.kind} ${object.namespace}/${object.name}`;
  if (severity === 'error') return { kind: 'ignore', reason: `${name} failed: ${shorten(String(reason))}` };
  if (typeof reason !== 'string' || !/Succeeded$/.test(reason))
    return { kind: 'ignore', reason: `${shorten(String(reason))} of ${name} is no end of a rollout` };
  const entries = isRecord(metadata) ? Object.entries(metadata) : [];
  const revision = entries.find(([key]) => key === 'revision' || key.endsWith('/revision'))?.[1];
  if (typeof revision !== 'string') return { kind: 'start', key: null, said: shorten(`Flux: ${name}: ${message ?? reason}`) };
  return { kind: 'start', key: `flux ${name} ${revision}`, said: shorten(`Flux: ${name} at ${revision}`) };
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestSaid ? `${line.slice(0, longestSaid - 1)}…` : line;
}
