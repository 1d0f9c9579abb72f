import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { LabState } from '../lab/state.ts';
import { type Services, startServices } from '../scripts/demo/services.ts';

const root = join(import.meta.dirname, '..');

/** squall's worker and API as the demo starts them, against the lab, and a client of the lab's Temporal. */
export class LabService implements AsyncDisposable {
  readonly services: Services;
  readonly client: Client;
  readonly #connection: Connection;

  private constructor(services: Services, client: Client, connection: Connection) {
    this.services = services;
    this.client = client;
    this.#connection = connection;
  }

  get apiUrl(): string {
    return this.services.apiUrl;
  }

  static async start(lab: LabState, name: string): Promise<LabService> {
    const connection = await Connection.connect({ address: lab.temporalAddress });
    const client = new Client({ connection, namespace: lab.temporalNamespace });
    const services = await startServices(root, lab, join(root, 'out/bench', name), undefined);
    const service = new LabService(services, client, connection);
    try {
      const never = new AbortController().signal;
      await Promise.all([services.worker.ready(never), services.api.ready(never)]);
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.services.worker.stop(), this.services.api.stop()]);
    await this.#connection.close();
  }
}
