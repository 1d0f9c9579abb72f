import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { CodecKeyFile } from '../security/codec-keys.ts';
import { EncryptingCodec } from '../security/payload-codec.ts';
import { CompressingCodec } from './compressing-codec.ts';

/** What is large is compressed, whether or not it is encrypted after that. */
export const plainDataConverter: DataConverter = { payloadCodecs: [new CompressingCodec()] };

/** The failure converter that goes with encryption. */
const encodingFailureConverterPath = fileURLToPath(
  // `.ts` in a checkout, `.js` in a package
  new URL(`./encoding-failure-converter${extname(import.meta.filename)}`, import.meta.url),
);

export interface Encryption extends Disposable {
  /** for `Client` and `Worker` alike */
  dataConverter: DataConverter;
  /** null: nothing is encrypted */
  codec: EncryptingCodec | null;
}

/**
 * How values become what Temporal keeps. Everything that talks to Temporal has to have the same.
 *
 * @param keysFile path of the keys' file; null: nothing is encrypted
 * @throws FileMistake
 */
export function openEncryption(keysFile: string | null, log: Logger): Encryption {
  if (keysFile === null) return { dataConverter: plainDataConverter, codec: null, [Symbol.dispose]() {} };
  const keys = new CodecKeyFile(keysFile, log);
  const codec = new EncryptingCodec(keys);
  return {
    dataConverter: { payloadCodecs: [new CompressingCodec(), codec], failureConverterPath: encodingFailureConverterPath },
    codec,
    [Symbol.dispose]: () => keys[Symbol.dispose](),
  };
}
