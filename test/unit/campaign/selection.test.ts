import assert from 'node:assert/strict';
import { type SelectablePod, selectPods } from '../../../src/campaign/selection.ts';
import type { Selection } from '../../../src/contracts/campaign.ts';

function pod(name: string, role: SelectablePod['role'] = null, labels: Record<string, string> = { app: 'redis' }): SelectablePod {
  return {
    name,
    uid: `uid-${name}`,
    ip: '10.0.0.1',
    node: 'n1',
    zone: null,
    ready: true,
    labels,
    annotations: {},
    containers: ['redis'],
    role,
  };
}

const five = [
  pod('r-0', 'redis-primary'),
  pod('r-1', 'redis-replica'),
  pod('r-2', 'redis-replica'),
  pod('x-0', null, { app: 'x' }),
  pod('x-1', null, { app: 'x' }),
];

function choose(selection: Selection, options: { pods?: SelectablePod[]; seed?: string; key?: string; protectedPods?: string[] } = {}) {
  const { pods = five, seed = 's', key = 'experiment', protectedPods = [] } = options;
  return selectPods(pods, selection, { seed, key, protectedPods, of: 'app=redis' });
}

function names(selection: Selection, options?: Parameters<typeof choose>[1]): string[] {
  const selected = choose(selection, options);
  assert.ok(selected.ok, JSON.stringify(selected));
  return selected.chosen.map(({ name }) => name);
}

function refusal(selection: Selection, options?: Parameters<typeof choose>[1]): string {
  const selected = choose(selection, options);
  assert.ok(!selected.ok, JSON.stringify(selected));
  assert.equal(selected.refusal.subject, 'experiment');
  return `${selected.refusal.code}: ${selected.refusal.message}`;
}

/** All orders of a few pods. */
function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe('a selection of pods', () => {
  it('is all of them when it says nothing', () => {
    assert.deepEqual(names({}), ['r-0', 'r-1', 'r-2', 'x-0', 'x-1']);
  });

  it('narrows by role, names and label, one after another', () => {
    assert.deepEqual(names({ role: 'redis-replica' }), ['r-1', 'r-2']);
    assert.deepEqual(names({ names: ['x-0', 'r-1'] }), ['r-1', 'x-0']);
    assert.deepEqual(names({ selector: 'app in (x)' }), ['x-0', 'x-1']);
    assert.deepEqual(names({ selector: 'app=redis', role: 'redis-primary' }), ['r-0']);
  });

  it('rounds a share up, and never to nothing', () => {
    assert.equal(names({ percent: 1 }).length, 1);
    assert.equal(names({ percent: 20 }).length, 1);
    assert.equal(names({ percent: 21 }).length, 2);
    assert.equal(names({ percent: 100 }).length, 5);
    assert.equal(names({ role: 'redis-replica', percent: 50 }).length, 1);
  });

  it('is the same for the same seed, in whatever order the pods come', () => {
    for (const seed of ['1', '2', '3', '4', '5']) {
      for (const selection of [{ count: 1 }, { count: 3 }, { percent: 40 }]) {
        const chosen = names(selection, { seed });
        for (const pods of permutations(five)) assert.deepEqual(names(selection, { seed, pods }), chosen);
      }
    }
  });

  it('does not depend on what is replaced: only names count', () => {
    const replaced = five.map((each) => ({ ...each, uid: `${each.uid}-new`, ip: '10.9.9.9', node: 'n2' }));
    for (const seed of ['1', '2', '3']) assert.deepEqual(names({ count: 2 }, { seed, pods: replaced }), names({ count: 2 }, { seed }));
  });

  it('gives every pod its turn over seeds, and over experiments of one seed', () => {
    const many = Array.from({ length: 2000 }, (_, index) => String(index));
    for (const pick of [(it: string) => names({ count: 1 }, { seed: it }), (it: string) => names({ count: 1 }, { key: it })]) {
      const turns = new Map<string, number>();
      for (const it of many) for (const name of pick(it)) turns.set(name, (turns.get(name) ?? 0) + 1);
      // 400 expected of each, with a standard deviation of 18
      for (const { name } of five) assert.ok(Math.abs((turns.get(name) ?? 0) - 400) < 90, `${name}: ${turns.get(name)}`);
    }
  });

  it('never takes a protected pod', () => {
    assert.deepEqual(names({}, { protectedPods: ['r-0'] }), ['r-1', 'r-2', 'x-0', 'x-1']);
    for (const seed of ['1', '2', '3', '4']) assert.ok(!names({ count: 4 }, { seed, protectedPods: ['r-0'] }).includes('r-0'));
  });

  describe('that is impossible says why', () => {
    const cases: [string, Selection, Parameters<typeof choose>[1], string][] = [
      [
        'more than there are of a role',
        { role: 'redis-replica', count: 3 },
        {},
        'too-few-pods: 2 of the 5 pods of app=redis are redis-replica; count 3 asked',
      ],
      ['more than there are', { count: 6 }, {}, 'too-few-pods: there are 5 pods of app=redis; count 6 asked'],
      [
        'more than is allowed',
        { role: 'redis-replica', count: 2 },
        { protectedPods: ['r-1'] },
        'too-few-pods: 2 of the 5 pods of app=redis are redis-replica, 1 of them protected by the policy; count 2 asked',
      ],
      ['no such label', { selector: 'app=y' }, {}, 'no-match: 0 of the 5 pods of app=redis match app=y: nothing to act on'],
      [
        'no such pod',
        { names: ['r-0', 'r-9'] },
        {},
        'no-such-pod: r-9: not among the 5 pods of app=redis, which are r-0, r-1, r-2, x-0, x-1',
      ],
      [
        'a protected pod by name',
        { names: ['r-0'] },
        { protectedPods: ['r-0'] },
        'protected-pod: r-0: named as a target, and protected by the policy',
      ],
      [
        'the only pod of a role protected',
        { role: 'redis-primary' },
        { protectedPods: ['r-0'] },
        'no-match: 1 of the 5 pods of app=redis are redis-primary, 1 of them protected by the policy: nothing to act on',
      ],
      ['a name of another role', { names: ['r-0', 'r-1'], role: 'redis-primary' }, {}, 'no-match: r-1: named, but not redis-primary'],
      [
        'a role where none is known',
        { role: 'redis-primary' },
        { pods: five.slice(3) },
        'no-roles: no pod of app=redis is known to be redis with a role; role redis-primary asked',
      ],
    ];
    for (const [title, selection, options, message] of cases) {
      it(title, () => assert.equal(refusal(selection, options), message));
    }
  });
});
