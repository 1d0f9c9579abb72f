import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { NamespaceNotFoundError, ServiceError } from '@temporalio/client';
import { Problem } from '../../../src/api/problem.ts';
import { problemOfError } from '../../../src/api/problem-of-error.ts';

function grpcError(code: number, details: string): Error {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Failed to start Workflow', { cause });
}

describe('problem', () => {
  it('is told as RFC 9457 has it', () => {
    const problem = new Problem(422, 'invalid-document', 'Wrong', 'Two mistakes.', { members: { errors: [{ path: 'spec' }] } });
    assert.deepEqual(problem.toDocument('0f8fad5b-d9cb-469f-a165-70867728950e'), {
      type: 'urn:squall:problem:invalid-document',
      title: 'Wrong',
      status: 422,
      detail: 'Two mistakes.',
      instance: 'urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e',
      errors: [{ path: 'spec' }],
    });
  });

  it('names a Temporal that does not answer', () => {
    for (const code of [status.UNAVAILABLE, status.DEADLINE_EXCEEDED]) {
      const problem = problemOfError(grpcError(code, 'no connection'));
      assert.equal(problem.status, 503);
      assert.equal(problem.type, 'temporal-unreachable');
      assert.equal(problem.headers['Retry-After'], '5');
    }
    assert.match(problemOfError(new NamespaceNotFoundError('chaos')).message, /no namespace "chaos"/);
  });

  it('says that no worker has run when search attributes are missing', () => {
    const details = 'Namespace default has no mapping defined for search attribute SquallPhase';
    const problem = problemOfError(grpcError(status.INVALID_ARGUMENT, details));
    assert.equal(problem.type, 'worker-never-ran');
    assert.match(problem.message, /Start a worker/);
  });

  it('says nothing of the inside when the cause was not foreseen', () => {
    for (const error of [new Error('secret at /path'), grpcError(status.INTERNAL, 'secret'), 'secret', undefined]) {
      const problem = problemOfError(error);
      assert.equal(problem.status, 500);
      assert.ok(!JSON.stringify(problem.toDocument('x')).includes('secret'));
      assert.equal(problem.cause, error);
    }
  });

  it('tells mistakes of the body with their status', () => {
    const tooLarge = Object.assign(new Error('request entity too large'), { status: 413, expose: true });
    assert.equal(problemOfError(tooLarge).status, 413);
    const charset = Object.assign(new Error('unsupported charset "EBCDIC"'), { status: 415, expose: true });
    assert.equal(problemOfError(charset).message, 'unsupported charset "EBCDIC"');
  });
});
