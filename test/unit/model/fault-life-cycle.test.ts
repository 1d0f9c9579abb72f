import assert from 'node:assert/strict';
import { ensureNeeds, modelNeeds } from '../../../lab/packages.ts';
import { Progress } from '../../../lab/progress.ts';
import { search } from '../../support/spin.ts';

/** The invariants by the numbers that docs/model gives them. */
const [comesBack, tooLong, harms, remains] = [2, 3, 4, 5];
const unproven = 1;

/** What carries a fault, and so few states that a search must have missed some. */
const carriers = { AGENT: 300_000, NODE_POD: 700_000, OBJECT: 200_000, DELETION: 2_500_000 };

/** Rules of the code that are left out, and what comes of it. */
const leftOut: { carrier: keyof typeof carriers; rule: string; violates: number; says: string }[] = [
  { carrier: 'AGENT', rule: 'NO_DEADLINE', violates: tooLong, says: 'an agent that does not end a fault at its deadline' },
  { carrier: 'AGENT', rule: 'RELATIVE_END', violates: tooLong, says: 'a start that brings a duration and not an end' },
  { carrier: 'AGENT', rule: 'NO_BAR', violates: comesBack, says: 'a start after a stop of what the agent does not know' },
  { carrier: 'AGENT', rule: 'STOP_DOES_NOT_WAIT', violates: comesBack, says: 'a stop while the fault is being put in place' },
  { carrier: 'AGENT', rule: 'NO_SECOND_LOOK', violates: comesBack, says: 'a start at an agent that came anew after the proof' },
  { carrier: 'NODE_POD', rule: 'NO_SECOND_LOOK', violates: comesBack, says: 'a pod that a late attempt makes anew after the proof' },
  { carrier: 'AGENT', rule: 'UNDO_BOUND_AFTER_INJECT', violates: unproven, says: 'an undo that is bound once inject has answered' },
  { carrier: 'OBJECT', rule: 'NO_VERSION', violates: comesBack, says: 'a write for whatever version is there' },
  { carrier: 'OBJECT', rule: 'RESTORES_ALWAYS', violates: harms, says: 'an undo that takes no notice of who else has changed the object' },
  { carrier: 'OBJECT', rule: 'NO_MARK', violates: comesBack, says: 'an undo that leaves no mark' },
  { carrier: 'OBJECT', rule: 'NO_JANITOR', violates: remains, says: 'nobody who looks for orphans' },
  { carrier: 'DELETION', rule: 'NO_VERSION', violates: remains, says: 'a deletion of whatever version is there' },
  { carrier: 'DELETION', rule: 'NO_MARK', violates: remains, says: 'an undo that leaves no mark' },
  { carrier: 'DELETION', rule: 'KEEPS_FIRST', violates: harms, says: 'what the first attempt kept, whatever changed since' },
  { carrier: 'DELETION', rule: 'JANITOR_DOES_NOT_MARK', violates: remains, says: 'a janitor that lets go of what is kept without a mark' },
  { carrier: 'DELETION', rule: 'NO_JANITOR', violates: remains, says: 'nobody who looks for orphans' },
];

describe('the model of the fault life cycle', function () {
  this.timeout(300_000);

  before(() => ensureNeeds(new Progress(), modelNeeds));

  for (const [carrier, leastStates] of Object.entries(carriers)) {
    it(`${carrier}: no invariant is violated in any state`, async () => {
      const { violation, states } = await search([carrier]);
      assert.equal(violation, null);
      assert.ok(states > leastStates, `${states} states, expected more than ${leastStates}`);
    });
  }

  for (const carrier of ['AGENT', 'NODE_POD', 'OBJECT']) {
    it(`${carrier}: the workflow ends when a worker lives on`, async () => {
      assert.equal((await search([carrier], { liveness: true })).violation, null);
    });
  }

  it('AGENT: while the agent lives, one look is enough', async () => {
    assert.equal((await search(['AGENT', 'AGENT_LIVES', 'NO_SECOND_LOOK'])).violation, null);
  });

  it('OBJECT: with the mark, one look is enough', async () => {
    assert.equal((await search(['OBJECT', 'NO_SECOND_LOOK'])).violation, null);
  });

  describe('finds what is wrong with', () => {
    for (const { carrier, rule, violates, says } of leftOut) {
      it(`${says} (${carrier} without its rule: ${rule})`, async () => {
        assert.equal((await search([carrier, rule])).violation, violates);
      });
    }

    it('an undo that waits for an agent that is gone (AGENT without its rule: WAITS_FOR_ITS_AGENT)', async () => {
      const { violation } = await search(['AGENT', 'WAITS_FOR_ITS_AGENT'], { liveness: true });
      assert.match(String(violation), /acceptance cycle/);
    });
  });
});
