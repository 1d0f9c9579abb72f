import assert from 'node:assert/strict';
import { parseSoakArguments } from '../../../soak/arguments.ts';

describe('arguments of the soak', () => {
  it('are a number of kills and a seed', () => {
    const { kills, seed, json, minutes } = parseSoakArguments(['--kills', '300', '--seed', 'x', '--json', 'f.json', '--minutes', '5']);
    assert.deepEqual({ kills, seed, json, minutes }, { kills: 300, seed: 'x', json: 'f.json', minutes: 5 });
    assert.equal(parseSoakArguments([]).kills, 30);
    assert.deepEqual([parseSoakArguments([]).graceMs, parseSoakArguments(['--grace', '60']).graceMs], [15_000, 60_000]);
    assert.notEqual(parseSoakArguments([]).seed, '');
  });

  it('repeat one kill', () => {
    const { only, fault, ageMs } = parseSoakArguments(['--seed', 'x', '--only', '17', '--fault', 'pod-dns-error', '--age', '0']);
    assert.deepEqual({ only, fault, ageMs }, { only: 17, fault: 'pod-dns-error', ageMs: 0 });
  });

  for (const [argv, said] of [
    [['--kills', '0'], /--kills: found "0", expected an integer from 1 on/],
    [['--kills', 'many'], /--kills: found "many"/],
    [['--only', '3'], /--only: found without --seed/],
    [['--age', '3', '--seed', 'x'], /--fault and --age: found without --only/],
    [['--kils', '3'], /--kils/],
  ] as const) {
    it(`refuse ${argv.join(' ')}`, () => assert.throws(() => parseSoakArguments(argv), said));
  }
});
