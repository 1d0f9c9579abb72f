import assert from 'node:assert/strict';
import type { Tolerance } from '../../../src/contracts/campaign.ts';
import { judge } from '../../../src/probes/tolerance.ts';

describe('judge', () => {
  const cases: [Tolerance['comparator'], number, number, boolean][] = [
    ['<=', 5, 5, true],
    ['<=', 5, 5.001, false],
    ['<', 5, 5, false],
    ['<', 5, 4, true],
    ['>=', 5, 5, true],
    ['>=', 5, 4, false],
    ['>', 5, 5, false],
    ['>', 5, 6, true],
    ['==', 5, 5, true],
    ['==', 5, 6, false],
    ['!=', 5, 6, true],
    ['!=', 5, 5, false],
  ];
  for (const [comparator, bound, value, expected] of cases) {
    it(`${value} ${comparator} ${bound}: ${expected}`, () => {
      assert.equal(judge({ comparator, value: bound, successPercent: 100 }, { value }), expected);
    });
  }

  it('takes a failed measuring for a failure, whatever is tolerated', () => {
    assert.equal(judge({ comparator: '!=', value: 5, successPercent: 100 }, { error: 'no data' }), false);
    assert.equal(judge({ comparator: 'succeeds', successPercent: 100 }, { error: 'refused' }), false);
    assert.equal(judge(undefined, { error: 'refused' }), false);
  });

  it('asks of a success without bound only that it is one', () => {
    assert.equal(judge({ comparator: 'succeeds', successPercent: 100 }, {}), true);
    assert.equal(judge(undefined, { value: 1e9 }), true);
  });

  it('does not pass what has no value to compare', () => {
    assert.equal(judge({ comparator: '<=', value: 5, successPercent: 100 }, {}), false);
    assert.throws(() => judge({ comparator: '<=', successPercent: 100 }, { value: 1 }), /no value to compare with/);
  });
});
