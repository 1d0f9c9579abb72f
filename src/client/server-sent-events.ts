export interface ServerSentEvent {
  event: string;
  /** for Last-Event-ID */
  id: string;
  data: string;
}

/** Reads a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) to its end. */
export async function* readServerSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, undefined> {
  let event = '';
  let id = '';
  let data: string[] = [];
  for await (const line of readLines(body)) {
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', id, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  return undefined;
}

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  // By a reader: not every browser iterates over a stream.
  const reader = body.getReader();
  let rest = '';
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const lines = `${rest}${decoder.decode(read.value, { stream: true })}`.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    // Whoever stops reading lets go of the connection; of one that failed there is nothing to let go.
    await reader.cancel().catch(() => undefined);
  }
  return undefined;
}
