import assert from 'node:assert/strict';
import type { KubernetesObject } from '@kubernetes/client-node';
import { objectKeys } from '../../../../src/contracts/object-keys.ts';
import type { FaultInstance, ObjectTarget } from '../../../../src/contracts/plan.ts';
import { claim, referenceOf, refuseFromNowOn, release } from '../../../../src/faults/object-borne/ownership.ts';
import { undoneOn } from '../../../../src/faults/object-borne/undone-mark.ts';
import { type FaultContext, RefusedError } from '../../../../src/faults/verbs.ts';
import { workloadScale } from '../../../../src/faults/workload-scale/verbs.ts';
import type { Cluster } from '../../../../src/kubernetes/cluster.ts';
import { ObjectStore } from '../../../support/object-store.ts';

/** Counter-examples that docs/model found, for faults on objects: an injection that arrives after its undo. */
describe('an injection on an object that comes late', () => {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  let store: ObjectStore;
  let cluster: Cluster;
  let context: FaultContext;
  let fault: FaultInstance;

  const replicas = () => (store.read(reference) as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
  const annotations = () => store.read(reference)?.metadata?.annotations ?? {};
  /** As somebody else does it. */
  const scaleTo = (count: number) => cluster.patchObject(reference, { spec: { replicas: count } });

  beforeEach(async () => {
    store = new ObjectStore();
    cluster = store.cluster();
    const { signal } = new AbortController();
    context = { cluster, signal, agentImage: '', reach: 'direct' };
    const { namespace, name } = reference;
    const made = await cluster.createObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name },
      spec: { replicas: 3 },
    } as KubernetesObject);
    const target: ObjectTarget = {
      kind: 'object',
      apiVersion: 'apps/v1',
      objectKind: 'Deployment',
      namespace,
      name,
      uid: made.metadata?.uid ?? null,
    };
    fault = {
      id: 'sq1-0',
      runId: 'run',
      experiment: 'less',
      fault: 'workload-scale',
      cluster: 'in-memory',
      namespace,
      selector: 'app=web',
      targets: [target],
      parameters: { replicas: 1 },
      onRestart: 'end',
      mechanism: 'api-patch',
      endsAt: Date.now() + 55_000,
      deadline: Date.now() + 60_000,
    };
  });

  const isRefused = (error: unknown) => error instanceof RefusedError && /was undone on Deployment web/.test(error.message);

  it('is refused when its only write was held up on its way until after the undo', async () => {
    const onItsWay = store.hold('patch', 'Deployment');
    const late = assert.rejects(workloadScale.inject(context, fault), isRefused);
    const arrive = await onItsWay;
    await workloadScale.revert(context, fault);
    assert.ok((await workloadScale.confirm(context, fault)).ok);
    arrive();
    await late;
    assert.equal(replicas(), 3);
    assert.equal(annotations()[objectKeys.fault], undefined);
  });

  it('is refused when a worker that was held up begins it anew after another one injected, and the undo', async () => {
    const onItsWay = store.hold('patch', 'Deployment');
    const late = assert.rejects(workloadScale.inject(context, fault), isRefused);
    const arrive = await onItsWay;
    await workloadScale.inject(context, fault);
    assert.equal(replicas(), 1);
    await workloadScale.revert(context, fault);
    arrive();
    await late;
    assert.equal(replicas(), 3);
  });

  it('is refused by an undo that nobody but the janitor has made, which knows the fault by the object alone', async () => {
    await workloadScale.inject(context, fault);
    const [target] = fault.targets;
    assert.ok(target?.kind === 'object');
    await release(context, { id: fault.id }, referenceOf(target), (restore) => ({ spec: { replicas: restore.replicas } }));
    assert.equal(replicas(), 3);
    const until = undoneOn(store.read(reference) ?? {}).get(fault.id) ?? 0;
    assert.ok(until > fault.deadline, `its mark has to last until its deadline, found ${new Date(until).toISOString()}`);
    await assert.rejects(workloadScale.inject(context, fault), isRefused);
  });

  it('does not hinder another fault, nor a first injection after somebody has changed the object', async () => {
    await refuseFromNowOn(context, { id: 'sq1-7', deadline: fault.deadline }, reference);
    const onItsWay = store.hold('patch', 'Deployment');
    const injecting = workloadScale.inject(context, fault);
    const arrive = await onItsWay;
    await scaleTo(5);
    arrive();
    await injecting;
    assert.equal(replicas(), 1);
    await workloadScale.revert(context, fault);
    assert.equal(replicas(), 5, 'what somebody else has set is put back');
    assert.deepEqual([...undoneOn(store.read(reference) ?? {}).keys()].sort(), ['sq1-0', 'sq1-7']);
  });

  it('marks once, lets expired marks go, and is not taken in by what is no mark', async () => {
    await workloadScale.revert(context, fault);
    const writes = store.log.length;
    await workloadScale.revert(context, fault);
    assert.equal(store.log.length, writes, 'an undo done again writes nothing');
    for (const written of [JSON.stringify({ 'sq0-0': '2020-01-01T00:00:00.000Z' }), 'nonsense', '{"sq1-0": 5}']) {
      await cluster.patchObject(reference, { metadata: { annotations: { [objectKeys.undone]: written } } });
      await workloadScale.inject(context, fault);
      assert.equal(annotations()[objectKeys.undone], undefined);
      await release(context, { id: 'sq1-0' }, reference, () => ({ spec: { replicas: 3 } }));
    }
  });

  it('is refused past its deadline, whatever is written', async () => {
    await assert.rejects(
      claim(context, { ...fault, deadline: Date.now() - 1 }, reference, () => ({ patch: {}, restore: {} })),
      /past its deadline/,
    );
  });
});
