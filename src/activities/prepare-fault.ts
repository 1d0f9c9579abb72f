import { makePlan } from '../campaign/plan.ts';
import type { PrepareInput } from '../contracts/activities.ts';
import type { Warning } from '../contracts/campaign.ts';
import type { Prepared } from '../contracts/evidence.ts';
import type { Inventory } from '../contracts/plan.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { type FaultDraft, type Mechanism, RefusedError } from '../faults/verbs.ts';
import { refusalSentence } from '../report/refusal-sentence.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';
import { readInventory } from './read-inventory.ts';

/**
 * Chooses the targets as the plan did, from the same seed, but from the workload as it is now: pods have
 * been replaced and roles have changed since. Then asks the fault whether and how it can be done on them.
 */
export async function prepareFault(input: PrepareInput, deps: Dependencies, signal: AbortSignal): Promise<Prepared> {
  const { campaign, seed, experiment, faultId } = input;
  const inventory = await readInventory(campaign, deps, signal);
  // Its own step alone: what forbids another experiment is not this one's to fail by.
  const plan = makePlan(
    { ...campaign, steps: [{ kind: 'experiment', experiment: experiment.spec }] },
    inventory,
    seed,
    deps.policy(campaign.target.cluster),
  );
  if (plan.refusals.length > 0) {
    throw new RefusedError(refusalSentence(plan.refusals));
  }
  const current = plan.experiments.find(({ spec }) => spec.name === experiment.spec.name);
  if (current === undefined) throw new Error(`the campaign has no experiment ${experiment.spec.name}`);
  const { targets } = current;
  const context = faultContext(campaign.target.cluster, deps, signal);
  const draft = {
    id: faultId,
    runId: input.runId,
    experiment: experiment.spec.name,
    fault: experiment.spec.fault,
    cluster: campaign.target.cluster,
    namespace: inventory.namespace,
    selector: inventory.selector,
    targets,
    parameters: experiment.spec.parameters,
    onRestart: experiment.spec.onRestart,
  };
  const mechanism = await verbsOf(experiment.spec.fault).prepare(context, draft);
  return preparedBy(mechanism, draft, inventory, plan.warnings);
}

/** What a fault's own answer comes to, with what is known of the workload. `planned`: the plan's warnings. */
export function preparedBy(
  { mechanism, reason, targets: completed, warnings = [] }: Mechanism,
  draft: FaultDraft,
  { application }: Inventory,
  planned: readonly Warning[],
): Prepared {
  const path = `experiment ${draft.experiment}`;
  const primary = application?.instances.find((instance) => instance.role === 'primary');
  return {
    targets: completed ?? draft.targets,
    mechanism,
    mechanismReason: reason,
    primaryRunId: primary?.runId ?? null,
    primaryPod: primary?.pod ?? null,
    // What concerns the whole campaign its plan has said.
    warnings: [...planned.filter((warning) => warning.path === path), ...warnings.map((message) => ({ code: 'prepare', path, message }))],
  };
}
