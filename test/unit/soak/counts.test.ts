import assert from 'node:assert/strict';
import type { ApiObject } from '../../../soak/checker/objects.ts';
import { type Counts, changedBetween, countsOf, doneTwice, isNoted } from '../../../soak/ledger/counts.ts';

const before: Counts = { generation: 4, uids: { ConfigMap: 'c1' }, pods: ['p1', 'p2'], restarts: 3 };
const asked = { before, podsSeen: new Set(['p1', 'p2']), uidsSeen: new Set(['c1']), turns: 1, ownKills: 0 };

describe('how often something was done', () => {
  it('is read from the objects of one namespace', () => {
    const object = (kind: string, name: string, more: object, namespace = 'ns'): ApiObject => ({
      kind,
      metadata: { name, namespace, uid: `${kind}-${name}`, generation: 4 },
      ...more,
    });
    const pod = (name: string, restartCount: number) => object('Pod', name, { status: { containerStatuses: [{ restartCount }] } });
    const objects = [
      object('ReplicaSet', 'app-1', {}),
      object('ConfigMap', 'settings', {}),
      object('ConfigMap', 'other', {}),
      pod('a', 1),
      pod('b', 2),
    ];
    assert.deepEqual(countsOf([...objects, object('ConfigMap', 'settings', {}, 'elsewhere')], 'ns'), {
      generation: 4,
      uids: { ConfigMap: 'ConfigMap-settings' },
      pods: ['Pod-a', 'Pod-b'],
      restarts: 3,
    });
  });

  it('is once: nothing is said', () => {
    assert.deepEqual(doneTwice({ ...asked, fault: 'workload-scale', after: { ...before, generation: 6 } }), []);
    assert.deepEqual(doneTwice({ ...asked, fault: 'object-delete', after: before, uidsSeen: new Set(['c1', 'c2']) }), []);
    assert.deepEqual(doneTwice({ ...asked, fault: 'pod-delete', after: { ...before, pods: ['p2', 'p3'] } }), []);
    assert.deepEqual(doneTwice({ ...asked, fault: 'container-kill', after: { ...before, restarts: 5 }, ownKills: 1 }), []);
  });

  it('is twice: it is said', () => {
    assert.match(doneTwice({ ...asked, fault: 'workload-scale', after: { ...before, generation: 7 } })[0] ?? '', /scaled 3 times/);
    assert.match(
      doneTwice({ ...asked, fault: 'pod-delete', after: { ...before, generation: 5 } })[0] ?? '',
      /scaled 1 times, expected never/,
    );
    assert.match(
      doneTwice({ ...asked, fault: 'object-delete', after: before, uidsSeen: new Set(['c1', 'c2', 'c3']) })[0] ?? '',
      /2 times anew/,
    );
    assert.match(doneTwice({ ...asked, fault: 'pod-delete', after: before, podsSeen: new Set(['p1', 'p3', 'p4']) })[0] ?? '', /2 pods/);
    assert.match(doneTwice({ ...asked, fault: 'container-kill', after: { ...before, restarts: 5 } })[0] ?? '', /restarted 2 times/);
  });

  it('is counted once the controllers have taken note', () => {
    const deployment = (generation: number, observedGeneration: number, namespace = 'ns'): ApiObject => ({
      kind: 'Deployment',
      metadata: { name: 'app', namespace, uid: 'd', generation },
      status: { observedGeneration },
    });
    assert.ok(isNoted([deployment(3, 3), deployment(3, 2, 'elsewhere')], 'ns'));
    assert.ok(!isNoted([deployment(3, 3), deployment(3, 2)], 'ns'));
  });

  it('is nothing between runs', () => {
    assert.deepEqual(changedBetween(before, before), []);
    assert.equal(changedBetween(before, { ...before, generation: 5, uids: { ConfigMap: 'c2' } }).length, 2);
  });
});
