import type { Campaign, CampaignTarget, ExperimentSpec, Selection, WorkloadKind } from '../contracts/campaign.ts';
import type { Inventory, ObjectTarget, Refusal, Target } from '../contracts/plan.ts';
import type { FaultDeclaration } from '../faults/definition.ts';
import { podTarget } from './blast-radius.ts';
import { nodeTarget, selectNodes } from './node-selection.ts';
import { type SelectablePod, selectablePods, selectPods } from './selection.ts';

/** `chosen`: the workload's pods the fault reaches, whatever it acts on; what the blast radius is counted by. */
export type ChosenTargets = { ok: true; targets: Target[]; chosen: SelectablePod[] } | { ok: false; refusal: Refusal };

/** What an experiment acts on, by the same choice for the same seed. */
export function chooseTargets(
  spec: ExperimentSpec,
  fault: FaultDeclaration,
  campaign: Campaign,
  inventory: Inventory,
  seed: string,
): ChosenTargets {
  const pods = selectablePods(inventory);
  const selection = ofNamedPod(spec.selection, campaign.target);
  if (selection === undefined) {
    const message = `${spec.selection.names?.join(', ')}: named as targets, and the campaign's target is Pod ${campaign.target.name} alone`;
    return { ok: false, refusal: { code: 'no-such-pod', subject: spec.name, message } };
  }
  const choosing = {
    seed,
    key: spec.name,
    protectedPods: campaign.policy.protectedPods,
    of: inventory.workload?.name ?? inventory.selector,
  };
  switch (fault.targets) {
    case 'pods': {
      const selected = selectPods(pods, selection, choosing, inventory.nodes);
      if (!selected.ok) return selected;
      const container = (pod: SelectablePod) => spec.selection.container ?? pod.containers[0] ?? '';
      return { ...selected, targets: selected.chosen.map((pod) => podTarget(pod, inventory.namespace, container(pod))) };
    }
    case 'nodes': {
      const selected = selectNodes(inventory.nodes, pods, selection, choosing);
      if (!selected.ok) return selected;
      const names = new Set(selected.chosen.map(({ name }) => name));
      const reached = pods.filter(({ node }) => names.has(node));
      const shielded = reached.filter(({ name }) => choosing.protectedPods.includes(name));
      if (shielded.length > 0) {
        const message = `${shielded.map(({ name, node }) => `${name} on ${node}`).join(', ')}: protected by the policy, and on a node that would be hit`;
        return { ok: false, refusal: { code: 'protected-pod', subject: spec.name, message } };
      }
      return { ok: true, targets: selected.chosen.map(nodeTarget), chosen: reached };
    }
    case 'workload':
      return chooseWorkload(spec, inventory, pods);
    case 'objects': {
      const objects = fault.objects?.(spec.parameters) ?? [];
      const targets = objects.map(({ apiVersion, kind, name }) => objectTarget(inventory.namespace, apiVersion, kind, name));
      return { ok: true, targets, chosen: [] };
    }
  }
}

/** The inventory has the pods like a pod that is the target by its name, too: none but that one is meant. Undefined: others are named. */
function ofNamedPod(selection: Selection, { kind, name }: CampaignTarget): Selection | undefined {
  if (kind !== 'Pod' || name === undefined) return selection;
  if (selection.names?.some((other) => other !== name)) return undefined;
  return { ...selection, names: [name] };
}

function chooseWorkload(spec: ExperimentSpec, { workload, namespace }: Inventory, pods: SelectablePod[]): ChosenTargets {
  if (workload === null) {
    const message = `${spec.fault} acts on a workload, and the target's pods belong to none`;
    return { ok: false, refusal: { code: 'no-workload', subject: spec.name, message } };
  }
  const target = objectTarget(namespace, apiVersionOf(workload.kind), workload.kind, workload.name, workload.uid);
  return { ok: true, targets: [target], chosen: pods };
}

function apiVersionOf(kind: WorkloadKind): string {
  return kind === 'Pod' ? 'v1' : 'apps/v1';
}

function objectTarget(namespace: string, apiVersion: string, objectKind: string, name: string, uid: string | null = null): ObjectTarget {
  return { kind: 'object', apiVersion, objectKind, namespace, name, uid };
}
