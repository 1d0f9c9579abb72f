import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { formatTraceparent, parseTraceparent, type TraceCarrier, type TraceContext, traceHeader } from './trace-context.ts';

/** Headers that say where in a trace something is asked for. */
export function withTrace(headers: Headers, trace: TraceContext): Headers {
  const carrier: TraceCarrier = { traceparent: formatTraceparent(trace) };
  return { ...headers, [traceHeader]: defaultPayloadConverter.toPayload(carrier) };
}

/** Undefined: they say nothing of a trace that squall reads. */
export function traceOf(headers: Headers): TraceContext | undefined {
  const payload = headers[traceHeader];
  if (payload === undefined) return undefined;
  try {
    return parseTraceparent(defaultPayloadConverter.fromPayload<Partial<TraceCarrier>>(payload)?.traceparent);
  } catch {
    // Whatever others put there is not squall's to judge.
    return undefined;
  }
}
