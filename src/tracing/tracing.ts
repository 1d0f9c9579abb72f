import type { TraceContext } from '../contracts/trace-context.ts';

export type Attributes = Record<string, string | number | boolean | undefined>;

export interface SpanStart {
  /** low in number: what differs from one to the next is an attribute */
  name: string;
  kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  attributes?: Attributes;
  /** absent: the span under way; null, or absent and none under way: it begins a trace */
  parent?: TraceContext | null;
  /** absent: drawn */
  spanId?: string;
  /** absent: drawn, where it begins a trace */
  traceId?: string;
  /** ms since the epoch; absent: now */
  startedAt?: number;
  /** what happens within is no span of its own: it would be too much */
  isLeaf?: boolean;
  /** an answer like others, and no failure; absent: none is */
  isAnswer?(error: unknown): boolean;
}

export interface Span {
  readonly context: TraceContext;
  readonly isLeaf: boolean;
  set(attributes: Attributes): void;
  rename(name: string): void;
  fail(error: unknown): void;
  /** @param at ms since the epoch; absent: now */
  end(at?: number): void;
}

/** Records what happens as spans of traces. */
export interface Tracing {
  start(span: SpanStart): Span;
  /** Runs the body, and all it begins, with this span under way. */
  within<T>(span: Span, body: () => T): T;
  current(): Span | undefined;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

let active: Tracing | undefined;

/** Undefined: tracing is off, and nothing of it is loaded. */
export function tracing(): Tracing | undefined {
  return active;
}

/** For the rest of the process; undefined: none any more. */
export function useTracing(tracing: Tracing | undefined): void {
  active = tracing;
}

/** Where in a trace the caller is; for log lines. */
export function traceFields(): { traceId?: string; spanId?: string } {
  const context = active?.current()?.context;
  return context === undefined ? {} : { traceId: context.traceId, spanId: context.spanId };
}

/** Runs the body as a span of the one under way. None under way, or a leaf, or tracing off: just runs it. */
export async function inSpan<T>(span: Omit<SpanStart, 'parent'>, body: () => Promise<T>): Promise<T> {
  const current = active?.current();
  if (active === undefined || current === undefined || current.isLeaf) return body();
  return recorded(active, span, body);
}

/** Runs the body as a span, and ends that with it. */
export async function recorded<T>(tracing: Tracing, start: SpanStart, body: (span: Span) => Promise<T>): Promise<T> {
  const span = tracing.start(start);
  try {
    return await tracing.within(span, () => body(span));
  } catch (error) {
    if (!start.isAnswer?.(error)) span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
