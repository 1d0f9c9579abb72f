import { once } from 'node:events';
import { connect } from 'node:net';
import type { Cluster } from '../kubernetes/cluster.ts';

/** `auto`: directly where the pod network can be reached from here, else through the API server. */
export type ReachMode = 'auto' | 'direct' | 'port-forward';

export interface ReachablePod {
  namespace: string;
  name: string;
  uid: string;
  /** empty: the pod has none yet */
  ip: string;
}

/**
 * Where to connect to for a pod's port. A connection by `port-forward` enters the pod over its loopback
 * interface: it does not feel what is done to the pod's network.
 */
export interface Reached extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly via: 'direct' | 'port-forward';
  /** why a forwarded connection was last reset; null: none was */
  readonly lastError: string | null;
}

/** What a server of the expected kind answers to: something else may accept connections in its place, such as a transparent proxy. */
export interface Greeting {
  send: string;
  answer: RegExp;
}

const directTimeoutMs = 1_000;

/** @throws Error when the pod has no address yet; what forwarding throws; the signal's reason */
export async function reachPod(
  cluster: Cluster,
  pod: ReachablePod,
  port: number,
  mode: ReachMode,
  greeting: Greeting,
  signal: AbortSignal,
): Promise<Reached> {
  if (pod.ip === '') throw new Error(`pod ${pod.name} has no address yet`);
  if (mode === 'direct' || (mode === 'auto' && (await answersDirectly(pod.ip, port, greeting, signal)))) {
    return { host: pod.ip, port, via: 'direct', lastError: null, async [Symbol.asyncDispose]() {} };
  }
  const forward = await cluster.portForward(pod.namespace, pod.name, port);
  return {
    host: forward.host,
    port: forward.port,
    via: 'port-forward',
    get lastError() {
      return forward.lastError;
    },
    [Symbol.asyncDispose]: () => forward[Symbol.asyncDispose](),
  };
}

/** A refused connection was refused by the pod, and one without an answer was accepted by it: its network is reached. */
async function answersDirectly(ip: string, port: number, { send, answer }: Greeting, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ host: ip, port });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(directTimeoutMs)]);
  let connected = false;
  try {
    await once(socket, 'connect', { signal: limit });
    connected = true;
    socket.write(send);
    const [data] = await Promise.race([once(socket, 'data', { signal: limit }), once(socket, 'close', { signal: limit })]);
    return data instanceof Buffer && answer.test(data.toString('latin1'));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return connected;
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
