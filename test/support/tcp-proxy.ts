import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy, on loopback or where it is told to, whose connections can be cut, or left open while nothing passes any more. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  /** connections accepted so far */
  accepted = 0;
  readonly #pairs = new Set<[Socket, Socket]>();
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  static async to(host: string, port: number, listenAt = '127.0.0.1'): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, listenAt);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    const proxy = new TcpProxy(address.port, async () => {
      server.close();
      await once(server, 'close');
    });
    server.on('connection', (near) => proxy.#join(near, connect({ host, port })));
    return proxy;
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  freeze(): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        socket.unpipe();
        socket.pause();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await this.#close();
  }

  #join(near: Socket, far: Socket): void {
    this.accepted++;
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }
}
