import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { PayloadCodec } from '@temporalio/common';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';
import type { CodecKeys } from './codec-keys.ts';

const PayloadMessage = proto.temporal.api.common.v1.Payload;

const algorithm = 'aes-256-gcm';
/** NIST SP 800-38D: 96 bits, random; with one key good for 2^32 payloads */
const nonceBytes = 12;
const tagBytes = 16;

const encryptedEncoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';

/**
 * Encrypts every payload before it leaves this process, its metadata included, with AES-256-GCM: nonce, ciphertext, tag. The key's
 * id goes with it, and cannot be changed unseen. What is not encrypted is read as it is, so that runs of before go on.
 */
export class EncryptingCodec implements PayloadCodec {
  readonly #keys: CodecKeys;

  constructor(keys: CodecKeys) {
    this.#keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const { id, key } = this.#keys.current();
    return payloads.map((payload) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(id));
      const ciphertext = cipher.update(PayloadMessage.encode(payload).finish());
      return {
        metadata: { encoding: Buffer.from(encryptedEncoding), [keyIdField]: Buffer.from(id) },
        data: Buffer.concat([nonce, ciphertext, cipher.final(), cipher.getAuthTag()]),
      };
    });
  }

  /** @throws Error that names the key that is missing, or says that the payload is not what was encrypted */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload));
  }

  #decrypt({ metadata, data }: Payload): Payload {
    const id = text(metadata?.[keyIdField]);
    const known = this.#keys.find(id);
    if (known === undefined) {
      throw new Error(`a payload is encrypted by key ${JSON.stringify(id)}, expected one of the keys in SQUALL_CODEC_KEYS_FILE`);
    }
    const bytes = data ?? new Uint8Array();
    try {
      const decipher = createDecipheriv(algorithm, known.key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(id))
        .setAuthTag(bytes.subarray(-tagBytes));
      const plain = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      return PayloadMessage.decode(plain);
    } catch (error) {
      throw new Error(`a payload encrypted by key ${JSON.stringify(id)} is not what that key encrypted`, { cause: error });
    }
  }
}

export function isEncrypted({ metadata }: Payload): boolean {
  return text(metadata?.encoding) === encryptedEncoding;
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
