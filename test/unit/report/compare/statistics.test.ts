import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fisherExact } from '../../../../src/report/compare/fisher-exact.ts';
import { holm } from '../../../../src/report/compare/holm.ts';
import { mannWhitney } from '../../../../src/report/compare/mann-whitney.ts';
import { newcombeInterval, wilsonInterval } from '../../../../src/report/compare/newcombe-interval.ts';
import { normalTail } from '../../../../src/report/compare/normal-tail.ts';
import type { Share } from '../../../../src/report/compare/share.ts';

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `found ${found}, expected ${expected} within ${tolerance}`);
}

const share = (ok: number, of: number): Share => ({ ok, of });
const anyShare = fc.nat(60).chain((of) => fc.record({ of: fc.constant(of + 1), ok: fc.nat(of + 1) }));

describe('normalTail', () => {
  it("is a table's values", () => {
    for (const [z, expected] of [
      [0, 0.5],
      [1, 0.158655254],
      [1.96, 0.024997895],
      [3, 0.001349898],
      [6, 9.8658765e-10],
      [-1, 0.841344746],
    ] as const) {
      near(normalTail(z), expected, Math.max(expected * 2e-7, 1e-17));
    }
  });
});

describe('fisherExact', () => {
  it("is Fisher's lady tasting tea, and scipy's and R's examples", () => {
    near(fisherExact(share(3, 4), share(1, 4)), 34 / 70, 1e-12);
    near(fisherExact(share(6, 8), share(1, 5)), 0.10256410256410256, 1e-12);
    near(fisherExact(share(8, 10), share(1, 6)), 0.034965034965034975, 1e-12);
    // ?fisher.test: criminal convictions of like-sex twins
    near(fisherExact(share(2, 17), share(10, 13)), 0.0005367241, 1e-9);
  });

  it('is 1 without samples, the same whichever is first and whichever counts, and never above 1', () => {
    assert.equal(fisherExact(share(0, 0), share(3, 5)), 1);
    fc.assert(
      fc.property(anyShare, anyShare, (a, b) => {
        const p = fisherExact(a, b);
        assert.ok(p > 0 && p <= 1);
        near(fisherExact(b, a), p, 1e-9);
        near(fisherExact(share(a.of - a.ok, a.of), share(b.of - b.ok, b.of)), p, 1e-9);
      }),
    );
  });
});

describe('newcombeInterval', () => {
  it("is table II of Newcombe's paper, method 10", () => {
    for (const [after, before, low, high] of [
      [share(56, 70), share(48, 80), 0.0524, 0.3339],
      [share(9, 10), share(3, 10), 0.1705, 0.809],
      [share(6, 7), share(2, 7), 0.0582, 0.8062],
      [share(5, 56), share(0, 29), -0.0381, 0.1926],
      [share(0, 10), share(0, 20), -0.1611, 0.2775],
      [share(0, 10), share(0, 10), -0.2775, 0.2775],
      [share(10, 10), share(0, 20), 0.6791, 1],
      [share(10, 10), share(0, 10), 0.6075, 1],
    ] as const) {
      const found = newcombeInterval(before, after);
      near(found.low, low, 5e-5);
      near(found.high, high, 5e-5);
    }
  });

  it('has the difference in it, stays within what is possible, and mirrors', () => {
    fc.assert(
      fc.property(anyShare, anyShare, (before, after) => {
        const { low, high } = newcombeInterval(before, after);
        const difference = after.ok / after.of - before.ok / before.of;
        assert.ok(low <= difference + 1e-12 && difference <= high + 1e-12);
        assert.ok(low >= -1 - 1e-12 && high <= 1 + 1e-12);
        near(newcombeInterval(after, before).low, -high, 1e-12);
        const single = wilsonInterval(after);
        assert.ok(single.low <= single.high);
      }),
    );
  });
});

describe('mannWhitney', () => {
  it("is scipy's example: mannwhitneyu(males, females, method='asymptotic')", () => {
    const found = mannWhitney([20, 11, 17, 12], [19, 22, 16, 29, 24]);
    assert.equal(found.u, 17);
    assert.equal(found.greater, 0.85);
    near(found.p, 0.11134688653314041, 1e-7);
  });

  it('takes the variance that U has over all ways to deal out the values, ties included', () => {
    const [first, second] = [
      [1, 2, 2, 3],
      [2, 3, 4, 4, 4],
    ];
    const values = [...first, ...second];
    const us = subsets(values.length, first.length).map((chosen) => {
      const inFirst = values.filter((_, index) => chosen.has(index));
      return countGreater(
        inFirst,
        values.filter((_, index) => !chosen.has(index)),
      );
    });
    const mean = us.reduce((sum, u) => sum + u, 0) / us.length;
    const deviation = Math.sqrt(us.reduce((sum, u) => sum + (u - mean) ** 2, 0) / us.length);
    const found = mannWhitney(first, second);
    assert.equal(found.u, countGreater(first, second));
    near(found.p, 2 * normalTail((Math.abs(found.u - mean) - 0.5) / deviation), 1e-9);
  });

  it('counts the pairs, is the same whichever is first, and sees nothing where all is one value', () => {
    const some = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(some, some, (first, second) => {
        const [found, turned] = [mannWhitney(first, second), mannWhitney(second, first)];
        near(found.u, countGreater(first, second), 1e-9);
        near(found.u + turned.u, first.length * second.length, 1e-9);
        near(found.p, turned.p, 1e-12);
        assert.ok(found.p >= 0 && found.p <= 1);
      }),
    );
    assert.deepEqual(mannWhitney([5, 5, 5], [5, 5]), { u: 3, greater: 0.5, p: 1 });
  });
});

describe('holm', () => {
  it("is R's p.adjust, in the order given", () => {
    for (const [found, expected] of [
      [holm([0.01, 0.02, 0.03, 0.04, 0.05]), [0.05, 0.08, 0.09, 0.09, 0.09]],
      [holm([0.04, 0.001, 0.5]), [0.08, 0.003, 0.5]],
      [holm([]), []],
    ] as const) {
      assert.equal(found.length, expected.length);
      for (const [index, p] of found.entries()) near(p, expected[index] ?? Number.NaN, 1e-12);
    }
  });

  it('never makes a chance smaller, nor turns the order of two', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (chances) => {
        const adjusted = holm(chances);
        for (const [index, p] of chances.entries()) {
          assert.ok((adjusted[index] ?? -1) >= p && (adjusted[index] ?? 2) <= 1);
          for (const [other, q] of chances.entries()) assert.ok(p > q || (adjusted[index] ?? 2) <= (adjusted[other] ?? -1));
        }
      }),
    );
  });
});

function countGreater(first: readonly number[], second: readonly number[]): number {
  return second.reduce((sum, b) => sum + first.reduce((of, a) => of + (b > a ? 1 : b === a ? 0.5 : 0), 0), 0);
}

function subsets(of: number, size: number): Set<number>[] {
  const all = Array.from(
    { length: 2 ** of },
    (_, bits) => new Set(Array.from({ length: of }, (__, bit) => bit).filter((bit) => bits & (2 ** bit))),
  );
  return all.filter((chosen) => chosen.size === size);
}
