import assert from 'node:assert/strict';
import { compareObjects } from '../../../soak/checker/compare.ts';
import type { ApiObject } from '../../../soak/checker/objects.ts';

const namespaces = new Set(['ns']);
const deployment = object('Deployment', 'app', { spec: { replicas: 2 } });
const settings = object('ConfigMap', 'settings', { data: { a: '1' } });
const pod = object('Pod', 'app-1', {}, { ownerReferences: [{ kind: 'ReplicaSet', name: 'app', controller: true }] });
const node: ApiObject = { kind: 'Node', metadata: { name: 'node-1', uid: 'n' }, spec: {} };
const before = [deployment, settings, pod, node];

function object(kind: string, name: string, more: object, metadata: object = {}, namespace = 'ns'): ApiObject {
  return { kind, metadata: { name, namespace, uid: `${kind}-${name}`, ...metadata }, ...more };
}

function kindsOf(now: ApiObject[]): string[] {
  return compareObjects(before, now, namespaces).map(({ kind, owner }) => `${kind} ${owner}`);
}

const without = (gone: ApiObject, ...others: ApiObject[]) => [...before.filter((each) => each !== gone), ...others];

describe('what the checker sees of objects', () => {
  it('is nothing when all is as it was, whatever pods there are, and whatever goes on elsewhere', () => {
    const other = object('Pod', 'app-2', {}, { ownerReferences: [{ kind: 'ReplicaSet', name: 'app', controller: true }] });
    assert.deepEqual(kindsOf(without(pod, other, object('ConfigMap', 'theirs', {}, {}, 'elsewhere'))), []);
    const revised = { ...deployment, metadata: { ...deployment.metadata, annotations: { 'deployment.kubernetes.io/revision': '3' } } };
    assert.deepEqual(kindsOf(without(deployment, revised)), []);
  });

  it('is a change, an object missing, and one too many', () => {
    assert.deepEqual(kindsOf(without(deployment, { ...deployment, spec: { replicas: 1 } })), ['object ns']);
    assert.deepEqual(kindsOf(without(settings)), ['object ns']);
    assert.deepEqual(kindsOf(without(settings, { ...settings, data: { a: '2' } })), ['object ns']);
    assert.deepEqual(kindsOf([...before, object('NetworkPolicy', 'squall-1', {})]), ['object ns']);
    assert.deepEqual(kindsOf([...before, object('Pod', 'stray', {})]), ['object ns']);
  });

  it('is a label or an annotation of squall on whatever it is', () => {
    for (const where of ['labels', 'annotations']) {
      const marked = { ...pod, metadata: { ...pod.metadata, [where]: { 'squall.dev/fault': 'f' } } };
      assert.deepEqual(kindsOf(without(pod, marked)), ['mark ns']);
    }
    assert.deepEqual(kindsOf(without(node, { ...node, metadata: { ...node.metadata, annotations: { 'squall.dev/run': 'r' } } })), [
      'mark node-1',
    ]);
  });

  it('is a cordon and a taint, except those by which Kubernetes says that a node is not Ready', () => {
    assert.deepEqual(kindsOf(without(node, { ...node, spec: { unschedulable: true } })), ['cordon node-1']);
    const tainted = (key: string) => without(node, { ...node, spec: { taints: [{ key, effect: 'NoSchedule' }] } });
    assert.deepEqual(kindsOf(tainted('soak')), ['taint node-1']);
    assert.deepEqual(kindsOf(tainted('node.kubernetes.io/not-ready')), []);
  });
});
