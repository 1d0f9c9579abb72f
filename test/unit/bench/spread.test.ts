import assert from 'node:assert/strict';
import { ratioOf, short, spreadOf } from '../../../bench/spread.ts';

describe('the spread of a figure', () => {
  it('tells values that were measured', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual(spreadOf(values), { count: 100, min: 1, median: 50, p95: 95, max: 100 });
    assert.deepEqual(spreadOf([7]), { count: 1, min: 7, median: 7, p95: 7, max: 7 });
  });

  it('is none without values', () => {
    assert.throws(() => spreadOf([]), RangeError);
  });

  it('is rounded to what can be told of a time', () => {
    assert.deepEqual([short(1234.56), short(12.345), short(0.012345), short(0), short(-1234.5)], [1235, 12.3, 0.0123, 0, -1234]);
  });

  it('is compared by medians, where there is something to compare with', () => {
    const [two, six] = [spreadOf([2]), spreadOf([5, 6, 7])];
    assert.equal(ratioOf(six, two), 3);
    assert.equal(ratioOf(six, spreadOf([0])), null);
    assert.equal(ratioOf(six, undefined), null);
  });
});
