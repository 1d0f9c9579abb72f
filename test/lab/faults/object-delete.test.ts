import assert from 'node:assert/strict';
import type { KubernetesObject, V1ConfigMap, V1Secret, V1Service } from '@kubernetes/client-node';
import type { ObjectTarget } from '../../../src/contracts/plan.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

describe('the fault object-delete on the lab', function () {
  this.timeout(120_000);
  let lab: LabCluster;
  let owner: { apiVersion: string; kind: string; name: string; uid: string };

  before(async () => {
    lab = await LabCluster.open('objects');
    const { metadata } = await lab.cluster.createObject<V1ConfigMap>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owner', namespace: lab.space.name },
    });
    owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata?.uid ?? '' };
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  /** Creates it, and answers what stands there then, for a comparison. */
  async function create<T extends KubernetesObject>(object: T & { apiVersion: string; kind: string }, name: string): Promise<ObjectTarget> {
    const metadata = {
      name,
      namespace: lab.space.name,
      labels: { app: 'shop', 'example.org/tier': 'front' },
      annotations: { 'example.org/note': 'ünï\ncode "quoted"' },
      ...object.metadata,
    };
    await lab.cluster.createObject({ ...object, metadata });
    return { kind: 'object', apiVersion: object.apiVersion, objectKind: object.kind, namespace: lab.space.name, name, uid: null };
  }

  async function standing<T extends KubernetesObject>(kind: string, name: string): Promise<T | undefined> {
    return (await lab.cluster.readObject({ apiVersion: 'v1', kind, namespace: lab.space.name, name })) as T | undefined;
  }

  /** What an author can see of it: everything but what tells one incarnation from another. */
  function visible(object: KubernetesObject | undefined) {
    if (object === undefined) return undefined;
    const { uid: _uid, resourceVersion: _version, creationTimestamp: _at, managedFields: _managers, ...metadata } = object.metadata ?? {};
    return { ...object, metadata };
  }

  function addresses(object: KubernetesObject | undefined): string {
    const { clusterIP, ports = [] } = (object as V1Service | undefined)?.spec ?? {};
    return `${clusterIP} and node port ${ports[0]?.nodePort}`;
  }

  async function keepers(): Promise<string[]> {
    const kinds = ['ConfigMap', 'Secret'];
    const lists = await Promise.all(
      kinds.map((kind) =>
        lab.cluster.listObjects({ apiVersion: 'v1', kind, namespace: lab.space.name, labelSelector: 'squall.dev/fault' }),
      ),
    );
    return lists.flat().map(({ kind, metadata }) => `${kind}/${metadata?.name}`);
  }

  async function exercise(target: ObjectTarget): Promise<void> {
    const { objectKind: kind, name } = target;
    await exerciseFault<KubernetesObject | undefined>(lab.context, {
      fault: 'object-delete',
      parameters: { kind, names: [name] },
      targets: [target],
      namespace: lab.space.name,
      measure: async () => visible(await standing(kind, name)),
      inEffect: (during) => during === undefined,
      gone(after, before) {
        assert.deepEqual(after, before);
        return true;
      },
      ...(kind === 'Service' && {
        tell: (before, during, after) =>
          `Service at ${addresses(before)} before, ${during === undefined ? 'none' : addresses(during)} while it held, at ${addresses(after)} afterwards`,
      }),
      async whileItHolds() {
        const kept = await keepers();
        assert.equal(kept.length, 1);
        assert.match(kept[0] ?? '', kind === 'Secret' ? /^Secret\// : /^ConfigMap\//);
      },
    });
    assert.deepEqual(await keepers(), []);
  }

  it('brings back a ConfigMap with its data, labels, annotations and owners', async () => {
    const object: V1ConfigMap = {
      metadata: { ownerReferences: [owner] },
      data: { 'redis.conf': 'maxmemory 1mb\n\ttab\r\n', empty: '' },
      binaryData: { raw: Buffer.from([0, 255, 128]).toString('base64') },
    };
    await exercise(await create({ apiVersion: 'v1', kind: 'ConfigMap', ...object }, 'settings'));
  });

  it('brings back an immutable Secret of a type of its own', async () => {
    const object: V1Secret = { type: 'example.org/token', immutable: true, data: { token: Buffer.from('sécret').toString('base64') } };
    await exercise(await create({ apiVersion: 'v1', kind: 'Secret', ...object }, 'token'));
  });

  it('brings back a Service with its cluster IP and its node port', async () => {
    const object: V1Service = {
      spec: { type: 'NodePort', selector: { app: 'shop' }, ports: [{ name: 'web', port: 80, targetPort: 'http' }] },
    };
    const target = await create({ apiVersion: 'v1', kind: 'Service', ...object }, 'shop');
    const before = await standing<V1Service>('Service', 'shop');
    assert.ok(before?.spec?.clusterIP && before.spec.ports?.[0]?.nodePort, 'the Service has no addresses to compare');
    await exercise(target);
  });

  async function inject(target: ObjectTarget) {
    const { verbs, draft } = drafted(lab.context, {
      fault: 'object-delete',
      parameters: { kind: target.objectKind, names: [target.name] },
      targets: [target],
      namespace: lab.space.name,
    });
    const { mechanism, targets = [] } = await verbs.prepare(lab.context, draft);
    const fault = { ...draft, targets, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    await verbs.inject(lab.context, fault);
    return { verbs, fault };
  }

  it('leaves what somebody else has created meanwhile, and says so', async () => {
    const target = await create({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } }, 'replaced');
    const { verbs, fault } = await inject(target);
    await create({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '2' } }, 'replaced');
    assert.equal((await verbs.verify(lab.context, fault)).ok, false);
    await assert.rejects(verbs.inject(lab.context, fault), /somebody has created ConfigMap\/replaced anew: theirs is left/);
    const { perTarget } = await verbs.revert(lab.context, fault);
    assert.match(perTarget[0]?.detail ?? '', /other than it was in data\.a: theirs is left/);
    assert.equal((await verbs.confirm(lab.context, fault)).ok, true);
    assert.deepEqual((await standing<V1ConfigMap>('ConfigMap', 'replaced'))?.data, { a: '2' });
    assert.deepEqual(await keepers(), []);
  });

  it('is not confirmed gone while the object is not back', async () => {
    const target = await create({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } }, 'awaited');
    const { verbs, fault } = await inject(target);
    assert.equal((await verbs.confirm(lab.context, fault)).ok, false);
    assert.equal((await keepers()).length, 1);
    await verbs.revert(lab.context, fault);
    assert.equal((await verbs.confirm(lab.context, fault)).ok, true);
  });

  it('deletes nothing that it could not bring back as it was', async () => {
    const refused = async (target: ObjectTarget, reason: RegExp) =>
      assert.rejects(inject(target), (error) => error instanceof RefusedError && reason.test(error.message));
    const finalized = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { finalizers: ['example.org/clean-up'] } };
    const target = await create(finalized, 'finalized');
    await refused(target, /has finalizers \(example.org\/clean-up\)/);
    await lab.cluster.patchObject({ ...target, kind: 'ConfigMap' }, { metadata: { finalizers: null } });

    await refused(
      await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ownerReferences: [{ ...owner, controller: true }] } }, 'controlled'),
      /belongs to ConfigMap owner/,
    );
    await refused({ ...target, name: 'nowhere' }, /ConfigMap\/nowhere does not exist/);
    await refused(
      await create({ apiVersion: 'v1', kind: 'ConfigMap', data: { big: 'x'.repeat(800 * 1024) } }, 'big'),
      /expected at most 716800/,
    );
  });
});
