import assert from 'node:assert/strict';
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { FaultInstance } from '../../../../src/contracts/plan.ts';
import { objectDelete } from '../../../../src/faults/object-delete/verbs.ts';
import { type FaultContext, RefusedError } from '../../../../src/faults/verbs.ts';
import type { Cluster } from '../../../../src/kubernetes/cluster.ts';
import { seeOwnObjects } from '../../../../src/sweep/own-objects.ts';
import { ObjectStore } from '../../../support/object-store.ts';

/** Counter-examples that docs/model found, for objects that are deleted: what is lost when a delete arrives late. */
describe('a deletion that comes late, or meets a change', () => {
  const reference = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' };
  // What is kept of a Service is kept in a ConfigMap.
  const keeper = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'squall-kept-sq1-0-0' };
  let store: ObjectStore;
  let cluster: Cluster;
  let context: FaultContext;
  let fault: FaultInstance;

  const port = () => (store.read(reference) as { spec?: { port?: number } } | undefined)?.spec?.port;

  beforeEach(async () => {
    store = new ObjectStore();
    cluster = store.cluster();
    const { signal } = new AbortController();
    context = { cluster, signal, agentImage: '', reach: 'direct' };
    const { apiVersion, kind, namespace, name } = reference;
    const made = await cluster.createObject({ apiVersion, kind, metadata: { namespace, name }, spec: { port: 1 } } as object);
    const uid = (made as { metadata?: { uid?: string } }).metadata?.uid ?? null;
    fault = {
      id: 'sq1-0',
      runId: 'run',
      experiment: 'gone',
      fault: 'object-delete',
      cluster: 'in-memory',
      namespace,
      selector: 'app=web',
      targets: [{ kind: 'object', apiVersion, objectKind: kind, namespace, name, uid }],
      parameters: {},
      onRestart: 'end',
      mechanism: 'api-delete',
      endsAt: Date.now() + 55_000,
      deadline: Date.now() + 60_000,
    };
  });

  async function undo(): Promise<void> {
    await objectDelete.revert(context, fault);
    assert.ok((await objectDelete.confirm(context, fault)).ok);
  }

  it('deletes nothing once it is undone, when nothing is kept any more', async () => {
    const onItsWay = store.hold('delete', 'Service');
    const late = assert.rejects(
      objectDelete.inject(context, fault),
      (error) => error instanceof RefusedError && /was undone on Service web/.test(error.message),
    );
    const arrive = await onItsWay;
    await undo();
    assert.equal(store.read(keeper), undefined);
    arrive();
    await late;
    assert.equal(port(), 1, 'the object is there, as it was');
    assert.equal(store.read(keeper), undefined, 'and nothing of it is kept for ever');
  });

  it('deletes nothing once the janitor has found the object there, and let go of what was kept', async () => {
    const onItsWay = store.hold('delete', 'Service');
    const late = assert.rejects(objectDelete.inject(context, fault), RefusedError);
    const arrive = await onItsWay;
    const [sighting] = await seeOwnObjects(context, { apiVersion: 'v1', kind: 'ConfigMap' }, 'shop');
    assert.ok(sighting?.undoing, 'the janitor sees what is kept');
    assert.ok((await sighting.undoing.act(context)).ok);
    assert.equal(store.read(keeper), undefined);
    arrive();
    await late;
    assert.equal(port(), 1);
  });

  it('deletes nothing once it is undone before anything was kept', async () => {
    const onItsWay = store.hold('create', 'ConfigMap');
    const late = assert.rejects(objectDelete.inject(context, fault), RefusedError);
    const arrive = await onItsWay;
    await undo();
    arrive();
    await late;
    assert.equal(port(), 1);
    assert.equal(store.read(keeper), undefined);
  });

  it('brings back what somebody changed between the keeping and the deletion', async () => {
    const onItsWay = store.hold('delete', 'Service');
    const injecting = objectDelete.inject(context, fault);
    const arrive = await onItsWay;
    await cluster.patchObject(reference, { spec: { port: 2 } });
    arrive();
    await injecting;
    assert.equal(port(), undefined);
    await undo();
    assert.equal(port(), 2);
  });

  it('brings back what somebody changed between an attempt that died and the next', async () => {
    void store.hold('delete', 'Service');
    void objectDelete.inject(context, fault);
    while (store.read(keeper) === undefined) await new Promise(setImmediate);
    await cluster.patchObject(reference, { spec: { port: 2 } });
    await objectDelete.inject(context, fault);
    assert.equal(port(), undefined);
    await undo();
    assert.equal(port(), 2);
    assert.equal(store.read(keeper), undefined);
  });

  it('keeps no older version in the place of a newer one', async () => {
    const onItsWay = store.hold('create', 'ConfigMap');
    const late = objectDelete.inject(context, fault);
    const arrive = await onItsWay;
    await cluster.patchObject(reference, { spec: { port: 2 } });
    await objectDelete.inject(context, fault);
    arrive();
    await late;
    const kept = (store.read(keeper) as V1ConfigMap | undefined)?.data?.['object.json'] ?? '';
    assert.deepEqual((JSON.parse(kept) as { spec: unknown }).spec, { port: 2 });
    await undo();
    assert.equal(port(), 2);
  });
});
