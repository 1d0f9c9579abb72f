import assert from 'node:assert/strict';
import { drawTree, type Look } from '../../../src/cli/progress/draw-tree.ts';
import { RunTree } from '../../../src/cli/progress/run-tree.ts';
import type { RunEvent } from '../../../src/contracts/run-event.ts';
import { makePaint } from '../../../src/report/paint.ts';

const start = Date.parse('2030-01-02T03:04:05Z');
const run = 'shop-k3v9x2mp';

/** An event so many seconds after the run's start. */
function at(seconds: number, event: object): RunEvent {
  return { runId: run, at: new Date(start + seconds * 1_000).toISOString(), ...event } as RunEvent;
}

function planned(...names: string[]): RunEvent {
  const target = { target: 'cart-0', node: 'n', zone: null, role: null };
  return at(1, {
    type: 'run.planned',
    experiments: names.map((name) => ({ name, fault: 'pod-delete', targets: [target] })),
    warnings: [],
    refusals: [],
  });
}

function treeOf(...events: RunEvent[]): RunTree {
  const tree = new RunTree();
  tree.apply(at(0, { type: 'run.started', campaign: 'shop', cluster: 'default', namespace: 'shop', seed: 'a', retryOf: null }));
  for (const event of events) tree.apply(event);
  return tree;
}

const look = (seconds: number, more: Partial<Look> = {}): Look => ({
  now: start + seconds * 1_000,
  width: 100,
  height: 24,
  paint: makePaint(false),
  unicode: false,
  ...more,
});

const begun = (name: string, seconds: number) =>
  at(seconds, { type: 'experiment.started', experiment: name, index: 1, fault: 'pod-delete', workflowId: 'w' });
const over = (name: string, seconds: number, problem: object | null = null) =>
  at(seconds, {
    type: 'experiment.finished',
    experiment: name,
    ending: 'completed',
    problem,
    seconds: 1,
    revertedBy: null,
    confirmed: true,
  });

describe('the tree of a run', () => {
  it('shows what goes on in its parts, each with its time, and what is over in a line', () => {
    const tree = treeOf(
      at(0, { type: 'run.phase', phase: 'Running' }),
      planned('first', 'second', 'third'),
      begun('first', 2),
      over('first', 12),
      begun('second', 12),
      at(13, { type: 'experiment.prepared', experiment: 'second', mechanism: 'eviction', mechanismReason: '', targets: [], warnings: [] }),
      at(14, { type: 'fault.injected', experiment: 'second', fault: 'pod-delete', injectedAt: '', perTarget: [] }),
    );
    assert.deepEqual(drawTree(tree, run, look(80.2)), [
      '| shop on default/shop  Running  1 min 20 s',
      `  run ${run}`,
      '  + first: pod-delete on cart-0  10 s',
      '  | second: pod-delete  1 min 8 s',
      '      + prepare  1 s',
      '      + inject by eviction  1 s',
      '      | fault in effect  1 min 6 s',
      '  . third: pod-delete on cart-0',
    ]);
  });

  it('says how it ended, and what was not begun', () => {
    const tree = treeOf(
      planned('first', 'second'),
      begun('first', 2),
      over('first', 3, { kind: 'error', message: 'no such pod' }),
      at(4, { type: 'run.finished', ending: 'failed', verdict: 'Error', score: null, reason: 'first: no such pod' }),
    );
    const lines = drawTree(tree, run, look(60));
    assert.equal(lines[0], '  shop on default/shop  Completed  4 s');
    assert.equal(lines[2], '  Error: first: no such pod');
    assert.equal(lines[3], '  x first: pod-delete error: no such pod  1 s');
    assert.equal(lines.at(-1), '  ~ second: pod-delete on cart-0');
  });

  it('is never wider nor higher than the terminal, and shows what goes on', () => {
    const names = Array.from({ length: 60 }, (_, index) => `experiment-with-a-long-name-${index}`);
    const done = names.slice(0, 30).flatMap((name, index) => [begun(name, index), over(name, index + 1)]);
    const tree = treeOf(planned(...names), ...done, begun(names[30] ?? '', 31));
    for (const [width, height] of [
      [40, 12],
      [20, 6],
      [200, 50],
    ] as const) {
      const lines = drawTree(tree, run, look(40.2, { width, height }));
      assert.ok(lines.length < height, `${lines.length} lines of ${height}`);
      assert.ok(
        lines.every((line) => line.length < width),
        lines.join('\n'),
      );
      assert.ok(
        lines.some((line) => line.includes('| exp')),
        lines.join('\n'),
      );
    }
  });

  it('tells a pause, an undo that fails, and rounds', () => {
    const tree = treeOf(
      planned('first'),
      begun('first', 1),
      at(2, { type: 'undo.failing', experiment: 'first', missing: 'pods is forbidden' }),
    );
    assert.match(drawTree(tree, run, look(3)).join('\n'), /prepare: the undo does not succeed, and is tried again: pods is forbidden/);
    tree.apply(at(3, { type: 'run.paused', actor: 'anna', reason: 'lunch', faults: 'hold' }));
    assert.ok(drawTree(tree, run, look(3)).includes('  paused by anna: lunch'));
    tree.apply(at(4, { type: 'run.resumed', actor: 'anna', reason: null }));
    tree.apply(over('first', 5));
    tree.apply(begun('first', 6));
    assert.match(drawTree(tree, run, look(7))[0] ?? '', /, round 2 {2}/);
    assert.ok(!drawTree(tree, run, look(7)).join('\n').includes('paused'));
  });
});
