import { AsyncLocalStorage } from 'node:async_hooks';
import {
  DiagLogLevel,
  diag,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { TraceContext } from '../contracts/trace-context.ts';
import { errorMessage } from '../error-message.ts';
import { redact } from '../security/redact.ts';
import type { Attributes, Span, SpanStart, Tracing } from './tracing.ts';
import type { TracingConfig } from './tracing-config.ts';

// Loaded when tracing is on, and by nothing else.

/** What happens is to be seen soon; a batch of that time is still one request. */
const sendEveryMs = 1_000;
/** A collector that does not answer keeps no process from ending for longer. */
const closeWithinMs = 3_000;
const longestText = 2_000;

const kinds: Record<SpanStart['kind'], SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

export interface OpenTelemetryOptions {
  service: string;
  version: string;
  config: TracingConfig;
  /** of the configuration: in no attribute */
  secrets: readonly string[];
  log: Logger;
}

/** Tracing by OpenTelemetry's SDK, sent by OTLP over HTTP. */
export async function openTelemetry({ service, version, config, secrets, log }: OpenTelemetryOptions): Promise<Tracing> {
  const tell = (message: string, ...args: unknown[]) => log.warn({ component: 'opentelemetry', details: args.map(String) }, message);
  diag.setLogger({ error: tell, warn: tell, info: () => {}, debug: () => {}, verbose: () => {} }, DiagLogLevel.WARN);
  const ids = new ChosenIds();
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': service, 'service.version': version }))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
  const provider = new TracerProvider({
    resource,
    idGenerator: ids,
    sampler: samplerOf(config),
    spanProcessors: [new BatchSpanProcessor({ exporter: await exporterOf(config), scheduledDelayMillis: sendEveryMs })],
  });
  return new OpenTelemetry(provider, ids, (text) => redact(text, secrets).slice(0, longestText));
}

async function exporterOf({ protocol }: TracingConfig): Promise<SpanExporter> {
  // One of two: the other is not loaded.
  if (protocol === 'http/json') return new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter();
  return new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter();
}

function samplerOf({ sampler, ratio }: TracingConfig): Sampler {
  const name = sampler.replace(/^parentbased_/, '');
  const root =
    name === 'always_on' ? new AlwaysOnSampler() : name === 'always_off' ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return name === sampler ? root : new ParentBasedSampler({ root });
}

class OpenTelemetry implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #ids: ChosenIds;
  readonly #clean: (text: string) => string;
  readonly #current = new AsyncLocalStorage<Span>();

  constructor(provider: TracerProvider, ids: ChosenIds, clean: (text: string) => string) {
    this.#provider = provider;
    this.#tracer = provider.getTracer('squall');
    this.#ids = ids;
    this.#clean = clean;
  }

  start({
    name,
    kind,
    attributes = {},
    parent = this.current()?.context ?? null,
    spanId,
    traceId,
    startedAt,
    isLeaf = false,
  }: SpanStart): Span {
    const within =
      parent === null
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
            isRemote: true,
          });
    const span = this.#ids.choosing({ spanId, traceId }, () =>
      this.#tracer.startSpan(
        name,
        { kind: kinds[kind], attributes: this.#cleaned(attributes), ...(startedAt !== undefined && { startTime: startedAt }) },
        within,
      ),
    );
    return this.#wrapped(span, isLeaf);
  }

  within<T>(span: Span, body: () => T): T {
    return this.#current.run(span, body);
  }

  current(): Span | undefined {
    return this.#current.getStore();
  }

  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closeWithinMs);
    // What cannot be sent is told by the exporter.
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  #wrapped(span: OtelSpan, isLeaf: boolean): Span {
    const { traceId, spanId, traceFlags } = span.spanContext();
    const context: TraceContext = { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
    return {
      context,
      isLeaf,
      set: (attributes) => void span.setAttributes(this.#cleaned(attributes)),
      rename: (name) => void span.updateName(name),
      fail: (error) => {
        const message = this.#clean(errorMessage(error));
        const type = error instanceof Error ? error.name : 'Error';
        span.setStatus({ code: SpanStatusCode.ERROR, message });
        span.addEvent('exception', { 'exception.type': type, 'exception.message': message });
      },
      end: (at) => span.end(at),
    };
  }

  #cleaned(attributes: Attributes): Attributes {
    return Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? this.#clean(value) : value]),
    );
  }
}

/** Ids at random, but for a span whose ids are given. */
class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #chosen: { spanId?: string | undefined; traceId?: string | undefined } = {};

  choosing<T>(chosen: { spanId?: string | undefined; traceId?: string | undefined }, body: () => T): T {
    this.#chosen = chosen;
    try {
      return body();
    } finally {
      this.#chosen = {};
    }
  }

  generateTraceId(): string {
    return this.#chosen.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#chosen.spanId ?? this.#random.generateSpanId();
  }
}
