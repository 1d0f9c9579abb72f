import type { Campaign } from '../contracts/campaign.ts';
import { type PlannedExperiment, type Refusal, type Target, targetName } from '../contracts/plan.ts';
import { findFault } from '../faults/declarations.ts';

/**
 * Why experiments of a parallel step may not run side by side: they would change the same thing on the same
 * target, and what either measures would be the other's doing. A pod is touched by what its node suffers.
 */
export function overlapRefusals(campaign: Campaign, planned: readonly PlannedExperiment[]): Refusal[] {
  const byName = new Map(planned.map((experiment) => [experiment.spec.name, experiment]));
  return campaign.steps.flatMap((step) => {
    if (step.kind !== 'parallel') return [];
    const together = step.experiments.flatMap(({ name }) => byName.get(name) ?? []);
    return together.flatMap((one, index) => together.slice(index + 1).flatMap((other) => overlap(one, other)));
  });
}

function overlap(one: PlannedExperiment, other: PlannedExperiment): Refusal[] {
  const shared = one.targets.flatMap((a) => other.targets.flatMap((b) => commonTarget(a, b) ?? []));
  const keys = commonKeys(keysOf(one), keysOf(other));
  if (shared.length === 0 || keys.length === 0) return [];
  const what = keys.includes('*') ? `${one.spec.fault} and ${other.spec.fault} do not go together` : `both change ${keys.join(', ')}`;
  const message = `runs side by side with ${other.spec.name} on ${[...new Set(shared)].join(', ')}: ${what}`;
  return [{ code: 'overlap', subject: one.spec.name, message }];
}

function keysOf({ spec }: PlannedExperiment): string[] {
  return findFault(spec.fault)?.fault.exclusive(spec.parameters) ?? [];
}

function commonKeys(a: string[], b: string[]): string[] {
  if (a.includes('*') || b.includes('*')) return ['*'];
  return a.filter((key) => b.includes(key));
}

/** The name of what both are, or of the pod on the node the other is. */
function commonTarget(a: Target, b: Target): string | undefined {
  if (a.kind === b.kind) return targetName(a) === targetName(b) ? targetName(a) : undefined;
  if (a.kind === 'pod' && b.kind === 'node') return a.node === b.node ? targetName(a) : undefined;
  if (a.kind === 'node' && b.kind === 'pod') return a.node === b.node ? targetName(b) : undefined;
  return undefined;
}
