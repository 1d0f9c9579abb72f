import assert from 'node:assert/strict';
import { percentile, successPercent } from '../../../src/report/statistics.ts';

describe('percentile', () => {
  it('is a value that occurred, by nearest rank', () => {
    const values = [50, 15, 40, 20, 35];
    assert.equal(percentile(values, 5), 15);
    assert.equal(percentile(values, 30), 20);
    assert.equal(percentile(values, 40), 20);
    assert.equal(percentile(values, 50), 35);
    assert.equal(percentile(values, 100), 50);
  });

  it('sorts by number, and leaves its input as it was', () => {
    const values = [100, 9, 20];
    assert.equal(percentile(values, 50), 20);
    assert.deepEqual(values, [100, 9, 20]);
  });

  it('has no rank off by one where percent / 100 is inexact', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    for (let percent = 1; percent <= 100; percent++) assert.equal(percentile(values, percent), percent);
  });

  it('is null without values and refuses a percentage out of range', () => {
    assert.equal(percentile([], 50), null);
    assert.throws(() => percentile([1], 0), RangeError);
    assert.throws(() => percentile([1], 100.1), RangeError);
  });
});

describe('successPercent', () => {
  it('is exact where a share divided first is not', () => {
    const samples = Array.from({ length: 100 }, (_, index) => ({ ok: index < 57 }));
    assert.equal(successPercent(samples), 57);
  });

  it('is null, not 0 or 100, when nothing was measured', () => {
    assert.equal(successPercent([]), null);
  });
});
