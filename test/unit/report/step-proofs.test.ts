import assert from 'node:assert/strict';
import { makeProofs } from '../../../src/report/step-proofs.ts';
import { evidence, t0 } from './example.ts';

describe('the proofs of a report', () => {
  it('are of a few targets, in a few words, and count the rest', () => {
    const perTarget = Array.from({ length: 10 }, (_, index) => ({ target: `pod-${index}`, ok: true, detail: 'x'.repeat(1_000) }));
    const { confirmed } = makeProofs(evidence({ confirmed: { ok: true, at: t0, perTarget } }));
    assert.equal(confirmed?.targets.length, 4);
    assert.equal(confirmed.leftOut, 6);
    assert.ok(confirmed.targets.every(({ detail }) => detail.length <= 301));
  });

  it('are there for the steps that were done alone', () => {
    assert.deepEqual(makeProofs(evidence({ injected: null, verified: null, reverted: null, confirmed: null })), {});
  });
});
