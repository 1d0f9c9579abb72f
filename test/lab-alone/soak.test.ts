import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownCheckout } from '../../lab/paths.ts';
import { victims } from '../../soak/plan.ts';
import { isGood } from '../../soak/result.ts';
import { soak } from '../../soak/soak.ts';

const kills = 30;

/** A short soak. Longer ones are `npm run soak -- --kills 300`. */
describe('soak on the lab', function () {
  this.timeout(25 * 60_000);

  it(`leaks nothing, loses nothing and does nothing twice in ${kills} kills`, async () => {
    const folder = join(ownCheckout, 'out/test');
    mkdirSync(folder, { recursive: true });
    const log = join(folder, 'soak.log');
    const began = Date.now();
    const result = await soak({
      kills,
      seed: 'ci',
      minutes: 15,
      hands: 2,
      // Other tests run beside it. What leaks is still there a minute later.
      graceMs: 60_000,
      only: undefined,
      fault: undefined,
      ageMs: undefined,
      lab: ownCheckout,
      signal: new AbortController().signal,
      print: (line) => appendFileSync(log, `${((Date.now() - began) / 1000).toFixed(1)} s  ${line}\n`),
    });
    const { failures, ...figures } = result;
    assert.ok(isGood(result), JSON.stringify({ failures, ...figures, struck: undefined }, undefined, 1));
    assert.equal(result.kills, kills);
    assert.deepEqual(Object.keys(result.byVictim).sort(), victims.toSorted());
    assert.ok(result.runs >= 20, `${result.runs} runs`);
    assert.ok(result.byClock.workflow + result.byClock.carrier + result.byClock.janitor >= 10, JSON.stringify(result.byClock));
    assert.ok(result.looks.withSightings >= 10, 'the checker has seen next to nothing, though faults were put in all the time');
  });
});
