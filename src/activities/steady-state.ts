import type { Campaign, ProbeSpec } from '../contracts/campaign.ts';
import type { Inventory } from '../contracts/plan.ts';
import { errorMessage } from '../error-message.ts';
import { openProbe } from '../probes/open-probe.ts';
import type { OpenProbe } from '../probes/probe.ts';
import type { Dependencies } from './dependencies.ts';
import { probeContext } from './probe-context.ts';

/** Whether the workload is whole again: its pods Ready, and, of what is known of its application, its replication. */
export class SteadyState {
  readonly #scope: { campaign: Campaign; inventory: Inventory };
  readonly #deps: Dependencies;
  readonly #open = new Map<string, OpenProbe>();

  constructor(campaign: Campaign, inventory: Inventory, deps: Dependencies) {
    this.#scope = { campaign, inventory };
    this.#deps = deps;
  }

  /** Each aspect and what is missing of it; undefined: nothing. */
  async checks(signal: AbortSignal): Promise<{ name: string; missing: string | undefined }[]> {
    const types = this.#scope.inventory.application?.kind === 'redis' ? ['pods-ready', 'redis-replication'] : ['pods-ready'];
    return Promise.all(types.map(async (type) => ({ name: type, missing: await this.#check(type, signal) })));
  }

  /** What is missing; undefined: steady. */
  async missing(signal: AbortSignal): Promise<string | undefined> {
    const missing = (await this.checks(signal)).flatMap((check) => (check.missing === undefined ? [] : [check.missing]));
    return missing.length === 0 ? undefined : missing.join('; ');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((probe) => probe[Symbol.asyncDispose]()));
    this.#open.clear();
  }

  async #check(type: string, signal: AbortSignal): Promise<string | undefined> {
    let probe = this.#open.get(type);
    try {
      probe ??= await openProbe(aspect(type), probeContext(this.#scope, this.#deps, signal), { election: null });
    } catch (error) {
      signal.throwIfAborted();
      return errorMessage(error);
    }
    this.#open.set(type, probe);
    const sample = await probe.sample(signal);
    return sample.ok ? undefined : (sample.error ?? `${type} does not hold`);
  }
}

function aspect(type: string): ProbeSpec {
  return {
    name: type,
    type,
    parameters: {},
    when: 'after',
    tolerance: { comparator: 'succeeds', successPercent: 100 },
    weight: 0,
    intervalMs: 1_000,
    timeoutMs: 3_000,
  };
}
