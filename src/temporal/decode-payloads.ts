import type { PayloadCodec } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import { isRecord } from '../campaign/document.ts';

/**
 * A message of Temporal's as it was before its payloads were encoded, changed in place: an event of a history, a description. What
 * reads such by itself has to ask for this: the SDK decodes only what it hands to workflows, activities and callers.
 */
export async function decodePayloads<Message extends object>(message: Message, codecs: readonly PayloadCodec[]): Promise<Message> {
  if (codecs.length > 0) await decodeWithin(message, codecs);
  return message;
}

async function decodeWithin(message: object, codecs: readonly PayloadCodec[]): Promise<void> {
  for (const [key, value] of Object.entries(message)) {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) continue;
    if (isPayload(value)) (message as Record<string, unknown>)[key] = await decodePayload(value, codecs);
    else await decodeWithin(value, codecs);
  }
  if ('encodedAttributes' in message && isPayload(message.encodedAttributes)) restoreFailure(message, message.encodedAttributes);
}

async function decodePayload(payload: Payload, codecs: readonly PayloadCodec[]): Promise<Payload> {
  let decoded = [payload];
  for (const codec of codecs.toReversed()) decoded = await codec.decode(decoded);
  return decoded[0] ?? payload;
}

/** Its message and stack had been moved into a payload. */
function restoreFailure(failure: object, attributes: Payload): void {
  const original: unknown = defaultPayloadConverter.fromPayload(attributes);
  if (!isRecord(original)) return;
  Object.assign(failure, { message: original.message, stackTrace: original.stack_trace });
}

function isPayload(value: unknown): value is Payload {
  if (!isRecord(value) || !isRecord(value.metadata)) return false;
  return value.metadata.encoding instanceof Uint8Array;
}
