import assert from 'node:assert/strict';
import { formatCursor, parseCursor, startCursor } from '../../../src/api/event-cursor.ts';
import { decodeCursor, encodeCursor } from '../../../src/api/list-runs.ts';
import { Problem } from '../../../src/api/problem.ts';

const isBadRequest = (error: unknown) => error instanceof Problem && error.status === 400;

describe('event cursor', () => {
  it('comes back as it was', () => {
    const cursor = {
      campaign: 57,
      experiments: new Map([
        [12, 40],
        [33, 22],
      ]),
    };
    assert.equal(formatCursor(cursor), '57_12-40_33-22');
    assert.deepEqual(parseCursor('57_12-40_33-22'), cursor);
    assert.deepEqual(parseCursor(formatCursor(startCursor())), startCursor());
  });

  it('is refused when malformed', () => {
    for (const text of ['', 'x', '-1', '1_2', '1_2-', '1__2-3', '1_2-3_', '1.5', ' 1', '99999999999']) {
      assert.throws(() => parseCursor(text), isBadRequest, text);
    }
  });
});

describe('cursor of a list', () => {
  const token = new Uint8Array([0, 1, 250, 255]);
  const query = "WorkflowType = 'campaign'";

  it('comes back as it was', () => {
    assert.deepEqual(new Uint8Array(decodeCursor(encodeCursor(token, query), query)), token);
  });

  it('is refused with other filters, and when malformed', () => {
    const cursor = encodeCursor(token, query);
    assert.throws(() => decodeCursor(cursor, `${query} AND SquallVerdict = 'Failed'`), isBadRequest);
    for (const text of ['', 'x', `${cursor}!`, cursor.slice(9)]) assert.throws(() => decodeCursor(text, query), isBadRequest, text);
  });
});
