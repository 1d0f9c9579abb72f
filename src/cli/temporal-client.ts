import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { readConfig } from '../config.ts';
import { openEncryption } from '../temporal/data-converter.ts';

/** Temporal's own client, by the configuration that worker and API read; disposing of it closes its connection. */
export interface TemporalClient extends AsyncDisposable {
  client: Client;
  /** HOST:PORT, for messages */
  address: string;
}

/**
 * Connects straight to Temporal: what people must be able to do goes without the API.
 *
 * @throws ConfigError; FileMistake; Error when Temporal cannot be reached
 */
export async function connectTemporal(): Promise<TemporalClient> {
  const { connection: options, namespace, codecKeysFile } = readConfig().temporal;
  const { dataConverter } = openEncryption(codecKeysFile, pino({ level: 'silent' }));
  const connection = await Connection.connect({ ...options, connectTimeout: '5s' }).catch((cause: unknown) => {
    throw new Error(`Temporal does not answer at ${options.address} (TEMPORAL_ADDRESS)`, { cause });
  });
  const client = new Client({ connection, namespace, dataConverter });
  return { client, address: options.address, [Symbol.asyncDispose]: () => connection.close() };
}
