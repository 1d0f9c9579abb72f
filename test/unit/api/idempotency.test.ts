import assert from 'node:assert/strict';
import { parseIdempotencyKey, requestDigest } from '../../../src/api/idempotency.ts';
import { Problem } from '../../../src/api/problem.ts';
import { newRunId, runIdOfKey } from '../../../src/api/run-id.ts';

describe('idempotency key', () => {
  it('is a quoted string or a bare token, and the same in both spellings', () => {
    assert.equal(parseIdempotencyKey('"8e03978e-40d5-43dd-bc93-6894a57f9324"'), '8e03978e-40d5-43dd-bc93-6894a57f9324');
    assert.equal(parseIdempotencyKey('8e03978e-40d5-43dd-bc93-6894a57f9324'), '8e03978e-40d5-43dd-bc93-6894a57f9324');
    assert.equal(parseIdempotencyKey('"a \\"key\\" and \\\\"'), 'a "key" and \\');
  });

  it('is refused when malformed', () => {
    const bad = [
      '',
      '""',
      '"open',
      '"a"b',
      '"a";p=1',
      'two tokens',
      'one, two',
      '"tab\there"',
      '"\\x"',
      'ü',
      'a'.repeat(256),
      `"${'a'.repeat(256)}"`,
    ];
    for (const header of bad) {
      assert.throws(
        () => parseIdempotencyKey(header),
        (error: unknown) => error instanceof Problem && error.status === 400,
        header,
      );
    }
  });

  it('stands for one run id, whatever the campaign', () => {
    assert.equal(runIdOfKey('a'), runIdOfKey('a'));
    assert.notEqual(runIdOfKey('a'), runIdOfKey('b'));
    assert.match(runIdOfKey('a'), /^run-[0-9a-f]{20}$/);
  });

  it('is bound to document, seed and operation', () => {
    const request = { document: 'd', seed: null, retryOf: null };
    const digests = [request, { ...request, document: 'e' }, { ...request, seed: 's' }, { ...request, retryOf: 'r' }].map(requestDigest);
    assert.equal(new Set(digests).size, 4);
    assert.equal(requestDigest({ ...request }), digests[0]);
  });
});

describe('run id', () => {
  it('is the campaign and eight characters', () => {
    assert.match(newRunId('redis-resilience-test'), /^redis-resilience-test-[2-9a-km-z]{8}$/);
    assert.notEqual(newRunId('a'), newRunId('a'));
  });
});
