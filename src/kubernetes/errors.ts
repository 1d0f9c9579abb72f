import { ApiException } from '@kubernetes/client-node';
import { rootMessage } from '../root-message.ts';
import { ClusterError } from './cluster.ts';

const retryableStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** Names a failure: what was asked of which object, and what came back. */
export function toClusterError(operation: string, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  if (error instanceof ApiException) {
    const detail = apiMessage(error.body) ?? 'no message';
    return httpError(operation, error.code, detail, error);
  }
  const message = rootMessage(error);
  return new ClusterError(operation, message, { retryable: isConnectionFailure(error), cause: error });
}

export function httpError(operation: string, status: number, message: string, cause?: unknown): ClusterError {
  return new ClusterError(operation, `HTTP ${status}: ${message}`, { status, retryable: retryableStatuses.has(status), cause });
}

/** The API server's own words: its Status object's message, which comes as an object, as JSON text, or as plain text. */
export function apiMessage(body: unknown): string | undefined {
  if (typeof body === 'string') {
    try {
      return apiMessage(JSON.parse(body)) ?? body;
    } catch {
      return body.trim() || undefined;
    }
  }
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return typeof body.message === 'string' && body.message !== '' ? body.message : undefined;
}

/** Milliseconds the server asked to wait, when it asked in seconds. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof ApiException)) return undefined;
  const seconds = Number.parseInt(error.headers['retry-after'] ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds * 1000;
}

const permanentCodes = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|ERR_INVALID_)/;

/** fetch throws a TypeError for whatever kept it from the server. A certificate nobody trusts stays so. */
function isConnectionFailure(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return !permanentCodes.test(code) && /^(E[A-Z]+|UND_ERR_.*)$/.test(code);
  return error instanceof TypeError && /fetch failed|terminated/.test(error.message);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return codeOf(inner) ?? ('code' in error && typeof error.code === 'string' ? error.code : undefined);
}
