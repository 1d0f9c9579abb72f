import { RecordingServer } from './recording-server.ts';

/** A span as OTLP's JSON has it. */
export interface ReceivedSpan {
  /** of the resource */
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  kind: number;
  attributes: Record<string, unknown>;
  /** 2: an error */
  status: { code?: number; message?: string };
  events: { name: string }[];
}

interface Value {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
}

interface KeyValue {
  key: string;
  value: Value;
}

interface Batch {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { spans: (Omit<ReceivedSpan, 'service' | 'attributes'> & { attributes: KeyValue[] })[] }[];
  }[];
}

/** A collector of traces that writes down what it is sent: OTLP over HTTP, as JSON. */
export class OtlpReceiver implements AsyncDisposable {
  readonly #server: RecordingServer;

  private constructor(server: RecordingServer) {
    this.#server = server;
  }

  static async start(): Promise<OtlpReceiver> {
    return new OtlpReceiver(await RecordingServer.start(() => ({ status: 200, body: {} })));
  }

  get environment(): Record<string, string> {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: this.#server.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  }

  /** All that was sent, as it was sent. */
  get text(): string {
    return this.#server.requests.map(({ body }) => body).join('\n');
  }

  get paths(): string[] {
    return [...new Set(this.#server.requests.map(({ path }) => path))];
  }

  get spans(): ReceivedSpan[] {
    return this.#server.requests.flatMap(({ body }) =>
      (JSON.parse(body) as Batch).resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const service = String(plain(resource.attributes)['service.name']);
        return scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({ ...span, service, parentSpanId: span.parentSpanId ?? '', attributes: plain(span.attributes) })),
        );
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

function plain(attributes: KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue)]),
  );
}
