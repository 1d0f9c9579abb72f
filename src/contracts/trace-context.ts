import { fnv1a64 } from './fnv.ts';

/** Where in a trace something happens: W3C Trace Context, version 00. */
export interface TraceContext {
  /** 32 hexadecimal digits */
  traceId: string;
  /** 16 hexadecimal digits */
  spanId: string;
  /** whether its spans are kept */
  sampled: boolean;
}

/** The header of workflows and activities that says so, named as by Temporal's own interceptors; its value is a carrier of W3C's headers. */
export const traceHeader = '_tracer-data';

/** The value of `traceHeader`. */
export interface TraceCarrier {
  traceparent: string;
}

/** Undefined: it is none, or of a version that squall does not read. */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(text)) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/**
 * The span of a workflow's execution. Made from its id and not drawn: what an interceptor draws would change what the workflow draws
 * after it, such as the ids of faults, and a replay with tracing turned on or off would go another way.
 */
export function spanOfExecution(executionRunId: string): string {
  return fnv1a64(executionRunId);
}
