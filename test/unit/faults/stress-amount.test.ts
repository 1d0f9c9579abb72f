import assert from 'node:assert/strict';
import { amountFlags, describeAmount, readAmount, writeAmount } from '../../../src/faults/stress/amount.ts';
import { parseQuantity } from '../../../src/faults/stress/kubernetes-quantity.ts';

describe('amounts of loads', () => {
  it('are bytes or percent, in one text for both', () => {
    for (const amount of [{ bytes: 1 }, { bytes: 2 ** 40 }, { percent: 0.5 }, { percent: 100 }])
      assert.deepEqual(readAmount(writeAmount(amount)), amount);
  });

  it('are the flags the agent takes', () => {
    assert.deepEqual(amountFlags('1048576'), ['--bytes', '1048576']);
    assert.deepEqual(amountFlags('12.5%'), ['--percent', '12.5']);
  });

  it('are told as people write them', () => {
    assert.equal(describeAmount('536870912', 'of it'), '512Mi');
    assert.equal(describeAmount('1000', 'of it'), '1000 bytes');
    assert.equal(describeAmount('80%', 'of it'), '80 % of it');
  });
});

describe('a quantity of the API', () => {
  for (const [text, expected] of [
    ['2Gi', 2 ** 31],
    ['500M', 5e8],
    ['1e3', 1000],
    ['1500m', 1.5],
    ['7', 7],
  ] as const)
    it(`${text} is ${expected}`, () => assert.equal(parseQuantity(text), expected));

  for (const text of ['', 'Gi', '2 Gi', '2GiB', 'x'])
    it(`${JSON.stringify(text)} is none`, () => assert.throws(() => parseQuantity(text), /expected a quantity/));
});
