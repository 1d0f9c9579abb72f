import type WebSocket from 'ws';
import { openChannelSocket } from './channel-socket.ts';
import { ClusterError, type ContainerAddress, type ExecOptions, type OpenExec } from './cluster.ts';
import type { Connection } from './connection.ts';

const stdinChannel = 0;
const stdoutChannel = 1;
const stderrChannel = 2;
const statusChannel = 3;
const closeChannel = 255;
const maxLineBytes = 1024 * 1024;
const maxStderrBytes = 4096;

/**
 * Starts argv and talks with it by lines, until it ends or is closed. The signal and `timeoutMs` concern the opening
 * alone. It does not keep this process running: who waits for an answer does.
 *
 * @throws ClusterError when it could not be started; the signal's reason
 */
export async function openExec(
  connection: Connection,
  target: ContainerAddress,
  argv: string[],
  { timeoutMs, signal }: ExecOptions,
): Promise<OpenExec> {
  const { namespace, pod, container } = target;
  const operation = `exec ${JSON.stringify(argv[0] ?? '')} in ${namespace}/${pod}/${container}`;
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' });
  for (const argument of argv) query.append('command', argument);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
  const socket = await openChannelSocket(connection, operation, path, timeoutMs, signal, { keepsRunning: false });
  return new Lines(operation, socket);
}

class Lines implements OpenExec {
  readonly closed: Promise<ClusterError>;
  readonly lines: AsyncIterable<string>;
  readonly #socket: WebSocket;
  #ended = false;
  readonly #waiting: string[] = [];
  #wake: (() => void) | undefined;
  #partial = '';
  #stderr = '';
  #status = '';

  constructor(operation: string, socket: WebSocket) {
    this.#socket = socket;
    const decoder = new TextDecoder();
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.#ended = true;
        this.#wake?.();
        const said = [this.#status, this.#stderr.trim()].filter((text) => text !== '').join('; ');
        resolve(new ClusterError(operation, `ended (WebSocket close ${code})${said === '' ? '' : `: ${said}`}`, { retryable: true }));
      });
    });
    socket.on('message', (data: Buffer) => {
      const content = data.subarray(1);
      if (data[0] === stdoutChannel) this.#take(decoder.decode(content, { stream: true }));
      if (data[0] === stderrChannel) this.#stderr = (this.#stderr + content.toString('utf8')).slice(-maxStderrBytes);
      if (data[0] === statusChannel) {
        this.#status = statusText(content.toString('utf8'));
        this.close();
      }
    });
    this.lines = this.#read();
    socket.resume();
  }

  /** One line, without its end. What is written to one that has ended is lost: `closed` tells. */
  write(line: string): void {
    if (!this.#ended) this.#socket.send(Buffer.concat([Buffer.from([stdinChannel]), Buffer.from(`${line}\n`)]));
  }

  /** Ends the process's input, by which it ends. */
  close(): void {
    if (this.#ended) return;
    if (this.#socket.protocol.startsWith('v5')) this.#socket.send(Buffer.from([closeChannel, stdinChannel]));
    this.#socket.close();
    // A peer that is gone never answers a closing handshake.
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  #take(text: string): void {
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    this.#waiting.push(...parts);
    if (this.#partial.length > maxLineBytes) this.#socket.terminate();
    this.#wake?.();
  }

  async *#read(): AsyncGenerator<string> {
    for (;;) {
      for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) yield line;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What the API server says of the process's end, in words. */
function statusText(text: string): string {
  try {
    const status: unknown = JSON.parse(text);
    return typeof status === 'object' && status !== null && 'message' in status ? String(status.message) : '';
  } catch {
    return text;
  }
}
