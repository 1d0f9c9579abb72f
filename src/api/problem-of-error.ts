import { status as grpcStatus } from '@grpc/grpc-js';
import { isGrpcServiceError, NamespaceNotFoundError } from '@temporalio/client';
import { Problem } from './problem.ts';

/** The problem a thrown value is told as. What is not foreseen becomes a 500 that says nothing of the inside. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NamespaceNotFoundError) {
    const detail = `Temporal has no namespace "${error.namespace}"; TEMPORAL_NAMESPACE of the API names it.`;
    return new Problem(503, 'temporal-unreachable', 'Temporal is not ready', detail, { cause: error });
  }
  return problemOfTemporal(error) ?? problemOfBody(error) ?? internal(error);
}

/** The gRPC status of an error of Temporal's client, or of one of its causes. */
export function grpcStatusOf(error: unknown): { code: number; details: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return { code: cause.code, details: cause.details };
  }
  return undefined;
}

const unreachable = new Set([grpcStatus.UNAVAILABLE, grpcStatus.DEADLINE_EXCEEDED, grpcStatus.CANCELLED, grpcStatus.RESOURCE_EXHAUSTED]);

function problemOfTemporal(error: unknown): Problem | undefined {
  const grpc = grpcStatusOf(error);
  if (grpc === undefined) return undefined;
  if (grpc.code === grpcStatus.INVALID_ARGUMENT && /search attribute|Squall[A-Z]/i.test(grpc.details)) {
    const detail =
      "Temporal does not know squall's search attributes: no worker has ever run against this namespace. Start a worker (npm run worker); it registers them.";
    return new Problem(503, 'worker-never-ran', 'No worker has ever run', detail, { headers: { 'Retry-After': '5' }, cause: error });
  }
  if (unreachable.has(grpc.code)) {
    const detail = `Temporal did not answer (${grpcStatus[grpc.code]}).`;
    return new Problem(503, 'temporal-unreachable', 'Temporal is not ready', detail, { headers: { 'Retry-After': '5' }, cause: error });
  }
  return undefined;
}

/** Errors of the body parser carry a `status` and, when they may be shown, `expose`. */
function problemOfBody(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('expose' in error) || error.expose !== true) return undefined;
  if (error.status === 413) return tooLarge('a document of at most 1 MiB', error);
  if (error.status === 415) return new Problem(415, 'unsupported-media-type', 'Unsupported media type', error.message, { cause: error });
  if (error.status === 400) return new Problem(400, 'bad-request', 'The request is malformed', error.message, { cause: error });
  return undefined;
}

export function tooLarge(expected: string, cause?: unknown): Problem {
  return new Problem(413, 'document-too-large', 'The document is too large', `Expected ${expected}.`, { cause });
}

function internal(error: unknown): Problem {
  const detail = 'The request failed inside squall. The log has the cause under the id that `instance` ends with.';
  return new Problem(500, 'internal', 'Internal error', detail, { cause: error });
}
