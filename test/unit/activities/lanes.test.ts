import assert from 'node:assert/strict';
import { CrowdedError, Lanes } from '../../../src/activities/lanes.ts';

describe('lanes', () => {
  it('let a few at it at once, others after them in their order, and turn the rest away', async () => {
    const lanes = new Lanes(2, 2);
    const begun: number[] = [];
    const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const all = ends.map(({ promise }, index) =>
      lanes.run(() => {
        begun.push(index);
        return promise;
      }),
    );
    await assert.rejects(all[4] ?? Promise.resolve(), CrowdedError);
    assert.deepEqual(begun, [0, 1]);
    ends[1]?.reject(new Error('failed'));
    await assert.rejects(all[1] ?? Promise.resolve(), /failed/);
    await new Promise(setImmediate);
    assert.deepEqual(begun, [0, 1, 2], 'one that fails leaves its lane, too');
    ends[0]?.resolve();
    ends[2]?.resolve();
    ends[3]?.resolve();
    await Promise.all([all[0], all[2], all[3]]);
    assert.deepEqual(begun, [0, 1, 2, 3]);
    await lanes.run(() => Promise.resolve());
  });
});
