import assert from 'node:assert/strict';
import { formatBytes, formatDuration, formatPercent, formatTolerance } from '../../../src/report/format.ts';

describe('format', () => {
  it('gives durations in the unit a person would', () => {
    assert.deepEqual([0, 820, 4240, 59_960, 120_000, 192_400].map(formatDuration), [
      '0 ms',
      '820 ms',
      '4.2 s',
      '60 s',
      '2 min',
      '3 min 12 s',
    ]);
  });

  it('never rounds a share up', () => {
    assert.deepEqual([100, 99.999, 0, null].map(formatPercent), ['100%', '99.99%', '0%', '–']);
  });

  it('gives bytes by powers of 1024', () => {
    assert.deepEqual([1023, 1024, 1_500_000].map(formatBytes), ['1023 B', '1 KiB', '1.4 MiB']);
  });

  it('gives a tolerance with its unit, where there is one', () => {
    assert.equal(formatTolerance({ comparator: '<=', value: 1000, successPercent: 95 }, 'ms'), '<= 1000 ms in 95%');
    assert.equal(formatTolerance({ comparator: '>=', value: 2, successPercent: 100 }, 'none'), '>= 2 in 100%');
    assert.equal(formatTolerance({ comparator: 'succeeds', successPercent: 100 }, ''), 'succeeds in 100%');
    assert.equal(formatTolerance(null, 'ms'), 'informational');
  });
});
