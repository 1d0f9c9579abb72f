import { readFileSync } from 'node:fs';
import type { Message } from './message.ts';
import type { Destination } from './receiver.ts';
import { NotTakenError, request } from './request.ts';

/** An incoming webhook of Slack's: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/. Others take the same. */
export async function sendSlack(
  { urlFile }: Extract<Destination, { kind: 'slack' }>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  const url = readFileSync(urlFile, 'utf8').trim();
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new NotTakenError('its file does not hold a URL', true);
  const text = `${message.isBad ? ':warning: ' : ''}${asText(message.text)}`;
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 3_000) } }];
  await request({ method: 'POST', url, body: JSON.stringify({ text, blocks }) }, signal);
}

/** What means something to Slack is to be read as it is: https://docs.slack.dev/messaging/formatting-message-text/ */
function asText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
