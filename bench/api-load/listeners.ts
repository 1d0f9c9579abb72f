import { fetch } from 'undici';
import { readServerSentEvents } from '../../src/client/server-sent-events.ts';

export interface Followed {
  /** runs whose stream began with the first event and ended with the last */
  whole: number;
  /** events of a stream whose id, or whose content, the same stream had before */
  doubled: number;
  /** events that a second reading after the run's end has, and the first had not */
  dropped: number;
}

interface Heard {
  ids: string[];
  types: string[];
  /** What happened. An id tells how far each history of the run was read, which may go side by side in another order the second time. */
  data: string[];
}

/** So many clients, each of which follows a run to its end and then the next one that waits. */
export class Listeners {
  readonly #apiUrl: string;
  readonly #count: number;
  readonly #waiting: string[] = [];
  readonly #active = new Set<Promise<void>>();
  readonly #heard = new Map<string, Heard>();
  #failure: unknown;
  /** the most that listened at once */
  most = 0;

  constructor(apiUrl: string, count: number) {
    this.#apiUrl = apiUrl;
    this.#count = count;
  }

  add(id: string): void {
    this.#waiting.push(id);
    this.#begin();
  }

  /** Resolves when nothing is left to follow. @throws what went wrong first */
  async ended(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What was heard, beside what a second reading of each run has, now that the load is over. */
  async compare(): Promise<Followed> {
    const result: Followed = { whole: 0, doubled: 0, dropped: 0 };
    for (const [id, heard] of this.#heard) {
      const again = await this.#read(id);
      if (heard.types.at(0) === 'run.started' && heard.types.at(-1) === 'run.finished') result.whole += 1;
      result.doubled += 2 * heard.ids.length - new Set(heard.ids).size - new Set(heard.data).size;
      result.dropped += again.data.filter((one) => !heard.data.includes(one)).length;
    }
    return result;
  }

  #begin(): void {
    while (this.#active.size < this.#count) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const client = this.#listen(id)
        .catch((error: unknown) => {
          this.#failure ??= error;
        })
        .finally(() => {
          this.#active.delete(client);
          this.#begin();
        });
      this.#active.add(client);
      this.most = Math.max(this.most, this.#active.size);
    }
  }

  async #listen(id: string): Promise<void> {
    this.#heard.set(id, await this.#read(id));
  }

  async #read(id: string): Promise<Heard> {
    const response = await fetch(`${this.#apiUrl}/v1/runs/${id}/events`, { headers: { accept: 'text/event-stream' } });
    if (!response.ok || response.body === null) throw new Error(`events of run ${id}: HTTP ${response.status}: ${await response.text()}`);
    const ids: string[] = [];
    const types: string[] = [];
    const data: string[] = [];
    for await (const event of readServerSentEvents(response.body as ReadableStream<Uint8Array>)) {
      ids.push(event.id);
      types.push(event.event);
      data.push(event.data);
    }
    return { ids, types, data };
  }
}
