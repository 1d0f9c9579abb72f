import type { ValidateInput } from '../contracts/activities.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { Validation } from '../contracts/evidence.ts';
import type { Dependencies } from './dependencies.ts';
import { readInventory } from './read-inventory.ts';
import { SteadyState } from './steady-state.ts';

/** Post-chaos validation: pods, replication as INFO on every pod has it, and Sentinel's view. */
export async function validateRecovery(input: ValidateInput, deps: Dependencies, signal: AbortSignal): Promise<Validation> {
  const steady = new SteadyState(input.campaign, input.inventory, deps);
  try {
    const results = await steady.checks(signal);
    const now = await readInventory(inPlaceOfTarget(input), deps, signal);
    const checks = results.map(({ name, missing }) => ({ name, ok: missing === undefined, detail: missing ?? 'holds' }));
    const expected = input.inventory.pods.length;
    checks.push({
      name: 'pods-as-before',
      ok: now.pods.length === expected,
      detail: `${now.pods.length} pods, before the chaos ${expected}`,
    });
    return { at: Date.now(), ok: checks.every((check) => check.ok), checks, redis: now.application?.instances ?? [] };
  } finally {
    await steady.close();
  }
}

/** A pod that was the target by its name may be gone for good: what is like it is looked for. */
function inPlaceOfTarget({ campaign, inventory: { selector } }: ValidateInput): Campaign {
  const { name, ...target } = campaign.target;
  return target.kind === 'Pod' && name !== undefined ? { ...campaign, target: { ...target, selector } } : campaign;
}
