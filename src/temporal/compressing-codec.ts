import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { PayloadCodec } from '@temporalio/common';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';

const PayloadMessage = proto.temporal.api.common.v1.Payload;
const compress = promisify(deflate);
const decompress = promisify(inflate);

/** Temporal's own name for it, by which its other SDKs know it, too. */
export const compressedEncoding = 'binary/zlib';
/** What is smaller stays as it is: anyone can read it in Temporal's Web UI, and it is no trouble to anyone. */
export const compressedFromBytes = 128 * 1024;
/** No payload of squall's comes near it: a small one that becomes larger is not squall's. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Compresses large payloads. Temporal takes no payload above 2 MiB, and ends a run that asks for one; plans on thousands of pods, and
 * what was seen on each of a thousand targets, repeat themselves so much that they become some ten times smaller.
 */
export class CompressingCodec implements PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map(encoded));
  }

  /** @throws Error when a payload says that it is compressed, and is not */
  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map(decoded));
  }
}

async function encoded(payload: Payload): Promise<Payload> {
  if ((payload.data?.length ?? 0) < compressedFromBytes) return payload;
  const data = await compress(PayloadMessage.encode(payload).finish());
  return { metadata: { encoding: Buffer.from(compressedEncoding) }, data };
}

async function decoded(payload: Payload): Promise<Payload> {
  const { metadata, data } = payload;
  if (metadata?.encoding === undefined || Buffer.from(metadata.encoding).toString() !== compressedEncoding) return payload;
  const plain = await decompress(data ?? new Uint8Array(), { maxOutputLength: mostBytes }).catch((cause: unknown) => {
    throw new Error(`a payload of ${data?.length ?? 0} bytes is not what its encoding says, expected ${compressedEncoding}`, { cause });
  });
  return PayloadMessage.decode(plain);
}
