import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Above what services have by custom, below what a kernel gives to whoever asks for any port (32768 and up on Linux) and what Kubernetes
 * gives to services on nodes: between being found and being used, nobody is given one of these.
 */
const lowest = 20_000;
const highest = 29_999;
const mostTries = 100;

/** A port of loopback that nothing listens on now. @throws Error when none is found */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`found none of ${mostTries} ports from ${lowest} to ${highest} free on 127.0.0.1`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
