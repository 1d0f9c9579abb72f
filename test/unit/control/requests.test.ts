import assert from 'node:assert/strict';
import { readRequest } from '../../../src/control/requests.ts';

const actor = 'anna@laptop';

describe('requests that steer a run', () => {
  it('become the inputs of its updates, with defaults', () => {
    assert.deepEqual(readRequest('pause', { actor }), { ok: true, input: { actor, faults: 'undo' } });
    assert.deepEqual(readRequest('approve', { actor }), { ok: true, input: { actor, approved: true } });
    assert.deepEqual(readRequest('extend', { actor, experiment: 'slow', by: '1m30s', reason: ' not seen yet ' }), {
      ok: true,
      input: { actor, experiment: 'slow', byMs: 90_000, reason: 'not seen yet' },
    });
    assert.deepEqual(readRequest('settle-undo', { actor, experiment: 'slow', by: 'force', reason: 'the node is lost' }), {
      ok: true,
      input: { actor, experiment: 'slow', by: 'force', reason: 'the node is lost' },
    });
  });

  it('are told every mistake at once', () => {
    const read = readRequest('settle-undo', { actor: '', by: 'hope', why: 'x' });
    assert.ok(!read.ok);
    const mistakes = Object.fromEntries(read.mistakes.map(({ path, found, expected }) => [path, `${found} / ${expected}`]));
    assert.deepEqual(Object.keys(mistakes).toSorted(), ['actor', 'by', 'experiment', 'reason', 'why']);
    assert.equal(mistakes.by, '"hope" / one of force, acknowledge');
    assert.equal(mistakes.why, 'an unknown field / one of actor, reason, experiment, by');
    assert.match(mistakes.reason ?? '', /^nothing \/ .*say why$/);
  });

  for (const by of ['0s', '30', 30, '-1s', '25h', undefined]) {
    it(`takes no extension by ${by}`, () => {
      const read = readRequest('extend', { actor, experiment: 'slow', by });
      assert.ok(!read.ok);
      assert.deepEqual(
        read.mistakes.map(({ path }) => path),
        ['by'],
      );
    });
  }

  for (const written of [undefined, null, 'text', [], 7]) {
    it(`takes no ${JSON.stringify(written)} for a body`, () => {
      const read = readRequest('resume', written);
      assert.ok(!read.ok);
      assert.equal(read.mistakes[0]?.expected, 'an object with actor, reason');
    });
  }
});
