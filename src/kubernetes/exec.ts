import type { V1Status } from '@kubernetes/client-node';
import type WebSocket from 'ws';
import { openChannelSocket } from './channel-socket.ts';
import { ClusterError, type ContainerAddress, type ExecOptions, type ExecResult } from './cluster.ts';
import type { Connection } from './connection.ts';

const stdoutChannel = 1;
const stderrChannel = 2;
const statusChannel = 3;
const maxOutputBytes = 1024 * 1024;

/**
 * Runs argv to its end and returns its exit code, whatever it is. The result comes from the
 * API server's status message alone; anything that ends the connection before is an error.
 * When given up (timeout, signal, connection lost) the process may go on in the container.
 *
 * @throws ClusterError when it could not be started, wrote more than 1 MiB, timed out, or the connection was lost; the signal's reason
 */
export function exec(connection: Connection, target: ContainerAddress, argv: string[], options: ExecOptions): Promise<ExecResult> {
  return run(connection, target, argv, options, (output) => output.result);
}

/**
 * Starts argv and returns its first whole line on stdout, without the line's end. The process is left running.
 *
 * @throws ClusterError like exec, and when the process ended before a line, with its exit code and stderr
 */
export function execFirstLine(connection: Connection, target: ContainerAddress, argv: string[], options: ExecOptions): Promise<string> {
  return run(connection, target, argv, options, (output, operation) => {
    const line = output.firstLine;
    if (line !== undefined) return line;
    if (output.result === undefined) return undefined;
    const { exitCode, stdout, stderr } = output.result;
    const said = [stderr.trim(), stdout.trim()].filter((text) => text !== '').join('; ') || 'nothing';
    throw new ClusterError(operation, `ended with exit code ${exitCode} before a line on stdout; it said: ${said}`, { retryable: false });
  });
}

/** Feeds messages to `answer` until it has one; in whatever way it ends, the socket is closed. */
async function run<T>(
  connection: Connection,
  target: ContainerAddress,
  argv: string[],
  { timeoutMs, signal }: ExecOptions,
  answer: (output: Output, operation: string) => T | undefined,
): Promise<T> {
  const { namespace, pod, container } = target;
  const operation = `exec ${JSON.stringify(argv[0] ?? '')} in ${namespace}/${pod}/${container}`;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const argument of argv) query.append('command', argument);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let socket: WebSocket | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Nobody waits for it yet while the socket is opened, which has its own way to fail.
  promise.catch(() => undefined);
  const onAbort = () => reject(either.reason);
  either.addEventListener('abort', onAbort, { once: true });
  try {
    socket = await openChannelSocket(connection, operation, path, timeoutMs, either);
    const output = new Output();
    socket.on('message', (data: Buffer) => {
      try {
        output.take(operation, data);
        const value = answer(output, operation);
        if (value !== undefined) resolve(value);
      } catch (error) {
        reject(error);
      }
    });
    socket.on('close', (code) =>
      reject(
        new ClusterError(operation, `the connection was lost before the process ended (WebSocket close ${code})`, { retryable: true }),
      ),
    );
    socket.resume();
    return await promise;
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) throw new ClusterError(operation, `no result within ${timeoutMs} ms`, { retryable: true, cause: error });
    throw error;
  } finally {
    either.removeEventListener('abort', onAbort);
    socket?.close();
    // A peer that is gone never answers a closing handshake; all that matters has been received.
    setTimeout(() => socket?.terminate(), 1_000).unref();
  }
}

class Output {
  readonly #channels = new Map<number, Buffer[]>();
  readonly #sizes = new Map<number, number>();
  result: ExecResult | undefined;

  take(operation: string, message: Buffer): void {
    const channel = message[0];
    const data = message.subarray(1);
    if (channel === statusChannel) {
      const exitCode = exitCodeOf(operation, JSON.parse(data.toString('utf8')));
      this.result = { exitCode, stdout: this.#text(stdoutChannel), stderr: this.#text(stderrChannel) };
    } else if (channel === stdoutChannel || channel === stderrChannel) {
      const size = (this.#sizes.get(channel) ?? 0) + data.length;
      if (size > maxOutputBytes) {
        throw new ClusterError(operation, `wrote more than ${maxOutputBytes} bytes to ${channel === stdoutChannel ? 'stdout' : 'stderr'}`, {
          retryable: false,
        });
      }
      this.#sizes.set(channel, size);
      const chunks = this.#channels.get(channel);
      if (chunks === undefined) this.#channels.set(channel, [data]);
      else chunks.push(data);
    }
  }

  get firstLine(): string | undefined {
    const chunks = this.#channels.get(stdoutChannel) ?? [];
    if (!chunks.some((chunk) => chunk.includes(0x0a))) return undefined;
    return this.#text(stdoutChannel).split(/\r?\n/, 1)[0];
  }

  #text(channel: number): string {
    return Buffer.concat(this.#channels.get(channel) ?? []).toString('utf8');
  }
}

/** Throws when the status says that the process never ran, or that its end is not known. */
function exitCodeOf(operation: string, status: V1Status): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  const exitCode = Number(cause?.message);
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(exitCode)) return exitCode;
  throw new ClusterError(operation, status.message ?? 'failed without a message', {
    ...(status.code === undefined ? {} : { status: status.code }),
    retryable: false,
  });
}
