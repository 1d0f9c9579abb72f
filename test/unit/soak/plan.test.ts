import assert from 'node:assert/strict';
import { agentLanes, lanes } from '../../../soak/lanes.ts';
import { type PlanOptions, planKill, victims } from '../../../soak/plan.ts';

const options: PlanOptions = { seed: 'a', lanes: lanes.map(({ name }) => name), agentLanes, clockSteps: true };
const kills = (count: number, change: Partial<PlanOptions> = {}) =>
  Array.from({ length: count }, (_, index) => planKill(index + 1, { ...options, ...change }));

describe('the plan of a soak', () => {
  it('is the same for the same seed, kill by kill, and another for another', () => {
    assert.deepEqual(kills(60), kills(60));
    assert.deepEqual(planKill(47, options), kills(60)[46]);
    assert.notDeepEqual(kills(60), kills(60, { seed: 'b' }));
  });

  it('kills everything, alone and in pairs, within every thirty', () => {
    for (const block of [0, 1, 2]) {
      const thirty = kills(90).slice(block * 30, block * 30 + 30);
      const alone = thirty.filter(({ kind, victims: struck }) => kind === 'kill' && struck.length === 1);
      assert.deepEqual(new Set(alone.map(({ victims: struck }) => struck[0])), new Set(victims));
      assert.equal(thirty.filter(({ victims: struck }) => struck.length === 2).length, 6);
      assert.equal(thirty.filter(({ kind }) => kind === 'stop').length, 3);
      assert.equal(thirty.filter(({ kind }) => kind === 'disk-full').length, 1);
      assert.equal(thirty.filter(({ kind }) => kind === 'clock-step').length, 1);
    }
  });

  it('never kills the same thing twice at once, and looks for agents where there are some', () => {
    for (const { victims: struck, lane } of kills(300)) {
      assert.equal(new Set(struck).size, struck.length);
      if (struck.includes('agent')) assert.ok(agentLanes.includes(lane), lane);
    }
  });

  it('strikes runs at every age, and requests while they are answered', () => {
    const ages = kills(300).map(({ ageMs }) => ageMs);
    for (const second of Array.from({ length: 16 }, (_, index) => index)) {
      assert.ok(
        ages.some((age) => Math.floor(age / 1000) === second),
        `none at an age of ${second} s`,
      );
    }
    assert.ok(kills(300).some(({ victims: struck, ageMs }) => struck.includes('api') && ageMs < 250));
  });

  it('kills the worker where no clock can be stepped', () => {
    const stepped = kills(30).find(({ kind }) => kind === 'clock-step');
    assert.ok(stepped && Math.abs(stepped.stepMs) >= 20_000);
    assert.equal(kills(30, { clockSteps: false })[stepped.number - 1]?.kind, 'kill');
  });
});
