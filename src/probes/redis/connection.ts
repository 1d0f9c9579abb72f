import { Redis } from 'ioredis';

/**
 * Connects once; a lost connection stays lost, and commands on it fail at once. How long an answer is
 * waited for is up to the caller; disconnecting ends the wait.
 *
 * @throws Error when no connection was made within `timeoutMs`
 */
export async function connectRedis(host: string, port: number, timeoutMs: number): Promise<Redis> {
  const redis = new Redis({
    host,
    port,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    // An instance that still loads its data has something to say, too.
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    // Servers before redis 6 know no other.
    protocol: 2,
  });
  // Each failure is also the rejection of connect() or of a command; an event without a listener would be printed.
  let failure: Error | undefined;
  redis.on('error', (error: Error) => {
    failure = error;
  });
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw failure ?? error;
  }
}
