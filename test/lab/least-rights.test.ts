import assert from 'node:assert/strict';
import { mergePermissions } from '../../src/campaign/permissions.ts';
import type { FaultInstance, Permission, Target } from '../../src/contracts/plan.ts';
import type { FaultContext } from '../../src/faults/verbs.ts';
import { drafted, permissionsOf } from '../support/exercise-fault.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { LeastRights } from '../support/least-rights.ts';

// That each fault of the catalogue works with just its rights is shown by every test in test/lab/faults: exerciseFault grants no others.
// Here: that none of them is granted for nothing, on one fault of each way in which faults are borne.
describe('the least rights of a fault', function () {
  this.timeout(120_000);
  let lab: LabCluster;

  before(async () => {
    lab = await LabCluster.open('least');
    await lab.space.createPod('target', ['sleep', 'infinity'], { image: lab.image });
  });
  after(() => lab?.[Symbol.asyncDispose]());

  const podTarget = (): Promise<Target> => lab.podTarget('target');
  async function nodeTarget(): Promise<Target> {
    const [node] = await lab.cluster.listNodes();
    assert.ok(node?.metadata?.name && node.metadata.uid);
    return { kind: 'node', node: node.metadata.name, uid: node.metadata.uid, ip: '', zone: null };
  }

  for (const [fault, target] of [
    ['pod-delete', podTarget],
    ['process-pause', podTarget],
    ['node-cordon', nodeTarget],
  ] as const) {
    it(`${fault}: without any one of them it fails, and says so`, async () => {
      const exercise = { fault, targets: [await target()], namespace: lab.space.name, selector: 'app=target' };
      const rights = mergePermissions(permissionsOf(drafted(lab.context, exercise).draft));
      for (const right of rights) {
        const others = rights.filter((each) => each !== right);
        await using least = await LeastRights.grant(lab.context.cluster.name, lab.space.name, others);
        const failure = await attempt({ ...lab.context, cluster: least.cluster }, exercise);
        assert.ok(failure !== undefined, `${fault} does without ${tell(right)}`);
        assert.match(failure, /forbidden|may not|not allowed/i, `without ${tell(right)}`);
      }
    });
  }

  /** Takes a fault through its verbs until one fails, and undoes with all rights what had been done. */
  async function attempt(context: FaultContext, exercise: Parameters<typeof drafted>[1]): Promise<string | undefined> {
    const { verbs, draft } = drafted(context, exercise);
    const endsAt = Date.now() + 30_000;
    let fault: FaultInstance | undefined;
    try {
      const mechanism = await verbs.prepare(context, draft);
      fault = { ...draft, targets: mechanism.targets ?? draft.targets, mechanism: mechanism.mechanism, endsAt, deadline: endsAt + 5_000 };
      await verbs.inject(context, fault);
      await verbs.verify(context, fault);
      await verbs.revert(context, fault);
      await verbs.confirm(context, fault);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      if (fault !== undefined) await verbs.revert(lab.context, fault);
    }
  }
});

function tell({ apiGroup, resource, subresource, verbs }: Permission): string {
  return `${verbs.join(', ')} ${resource}${subresource === undefined ? '' : `/${subresource}`}${apiGroup === '' ? '' : `.${apiGroup}`}`;
}
