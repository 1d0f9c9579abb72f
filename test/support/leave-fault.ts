import assert from 'node:assert/strict';
import { faultId } from '../../src/contracts/fault-id.ts';
import type { FaultInstance, Target } from '../../src/contracts/plan.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { drafted } from './exercise-fault.ts';
import type { LabCluster } from './lab-cluster.ts';

/** A fault that nobody is there to undo. */
export interface LeftFault {
  fault: string;
  /** as an author writes them; absent: those of the example on the fault's page */
  parameters?: Record<string, unknown>;
  targets: Target[];
  selector?: string;
  runId: string;
  index: number;
  /** until its deadline */
  leftMs: number;
}

/**
 * Injects a fault as a workflow would, and then loses all that holds on to it: no workflow knows of it, and the connections it was
 * injected over are closed. What is left is what a worker and a Temporal that died for good leave.
 */
export async function leaveFault(lab: LabCluster, left: LeftFault): Promise<FaultInstance> {
  await using cluster = connectCluster({ name: 'lab', kubeconfig: lab.kubeconfig });
  const context = { ...lab.context, cluster };
  const { fault: name, parameters, targets, selector } = left;
  const { verbs, draft } = drafted(context, {
    fault: name,
    targets,
    namespace: lab.space.name,
    ...(parameters !== undefined && { parameters }),
    ...(selector !== undefined && { selector }),
  });
  const named = { ...draft, id: faultId(left.runId, left.index), runId: left.runId };
  const prepared = await verbs.prepare(context, named);
  const deadline = Date.now() + left.leftMs;
  const fault: FaultInstance = {
    ...named,
    targets: prepared.targets ?? draft.targets,
    mechanism: prepared.mechanism,
    endsAt: deadline,
    deadline,
  };
  await verbs.inject(context, fault);
  const verified = await verbs.verify(context, fault);
  assert.ok(verified.ok, `${name} is not in effect: ${JSON.stringify(verified.perTarget)}`);
  return fault;
}
