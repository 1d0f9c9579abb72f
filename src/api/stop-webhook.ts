import type { Client } from '@temporalio/client';
import { isRecord } from '../campaign/document.ts';
import type { Execution } from './history.ts';
import { Problem } from './problem.ts';
import { readRunInput } from './run-input.ts';

const longestReason = 900;

/**
 * The name of a stop condition of the run that is told from outside.
 *
 * @throws Problem 404: its document declares none of this name, or one that squall itself measures
 */
export async function declaredWebhook(client: Client, run: Execution, name: string): Promise<string> {
  const { campaign } = await readRunInput(client, run);
  const declared = (campaign.stopConditions ?? []).filter((condition) => 'webhook' in condition).map((condition) => condition.name);
  if (declared.includes(name)) return name;
  const expected = declared.length === 0 ? 'its document declares none' : `its document declares ${declared.join(', ')}`;
  const detail = `Run ${run.workflowId} has no stop condition ${JSON.stringify(name.slice(0, 200))} with a webhook: ${expected}.`;
  throw new Problem(404, 'stop-condition-not-found', 'There is no such stop condition', detail);
}

/**
 * Why, in a sentence: what Alertmanager's alerts say of themselves, or the body's own `reason`, `message` or `summary`, or the body.
 * null: a notification of alerts that have all been resolved is no reason to stop.
 */
export function reasonOfAlert(body: unknown): string | null {
  if (isRecord(body) && Array.isArray(body.alerts)) {
    const firing = body.alerts.filter(isRecord).filter(({ status }) => status !== 'resolved');
    return firing.length === 0 ? null : shorten(firing.map(tellAlert).join('; '));
  }
  const said = isRecord(body) ? [body.reason, body.message, body.summary].find((value) => typeof value === 'string' && value !== '') : body;
  if (typeof said === 'string' && said.trim() !== '') return shorten(said.trim());
  return body === undefined || body === null ? 'no reason was given' : shorten(JSON.stringify(body));
}

/** An alert as Prometheus' rules write them: a summary, else a description, else its name. */
function tellAlert({ annotations, labels }: Record<string, unknown>): string {
  const texts = [
    isRecord(annotations) ? annotations.summary : undefined,
    isRecord(annotations) ? annotations.description : undefined,
    isRecord(labels) ? labels.alertname : undefined,
  ];
  return texts.find((text): text is string => typeof text === 'string' && text !== '') ?? 'an alert without a name';
}

function shorten(text: string): string {
  return text.length > longestReason ? `${text.slice(0, longestReason - 1)}…` : text;
}
