import { z } from 'zod';
import { abortable } from '../../abortable.ts';
import { errorMessage } from '../../error-message.ts';
import { type Cluster, ClusterError, type ContainerAddress, type OpenExec } from '../../kubernetes/cluster.ts';
import { inSpan } from '../../tracing/tracing.ts';
import { type AgentAnswer, AgentError, agentAnswerSchema } from './agent-protocol.ts';
import { recordAgentSpan } from './agent-span.ts';

const openTimeoutMs = 15_000;
const answerTimeoutMs = 15_000;
const idleMs = 60_000;

const lineSchema = z.object({ seq: z.number().nullish(), event: z.string().nullish() }).loose();

/**
 * A connection to an agent over one exec: a request is a line, and so is its answer, in whatever order. Opening one
 * takes as long as any exec, a request over it a millisecond or two.
 */
class AgentSession {
  readonly #name: string;
  readonly #exec: OpenExec;
  readonly #waiting = new Map<number, (answer: AgentAnswer | Error) => void>();
  #next = 1;
  #idle: NodeJS.Timeout | undefined;
  /** no more requests are taken */
  broken = false;

  constructor(name: string, exec: OpenExec) {
    this.#name = name;
    this.#exec = exec;
    void this.#listen();
    this.#restartIdle();
  }

  /** Throws SessionLostError when the connection ends before the answer. The answer may be a refusal. */
  request(request: Record<string, unknown>, signal: AbortSignal): Promise<AgentAnswer> {
    signal.throwIfAborted();
    const seq = this.#next++;
    clearTimeout(this.#idle);
    const { promise, resolve, reject } = Promise.withResolvers<AgentAnswer>();
    const onAbort = () => settle(new Error('the request was given up', { cause: signal.reason }));
    const timer = setTimeout(() => {
      settle(new SessionLostError(`agent in ${this.#name} has not answered within ${answerTimeoutMs / 1000} s`));
      this.close();
    }, answerTimeoutMs);
    const settle = (answer: AgentAnswer | Error) => {
      this.#waiting.delete(seq);
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (this.#waiting.size === 0) this.#restartIdle();
      if (signal.aborted) reject(signal.reason);
      else if (answer instanceof Error) reject(answer);
      else resolve(answer);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.set(seq, settle);
    this.#exec.write(JSON.stringify({ ...request, seq }));
    return promise;
  }

  close(): void {
    this.broken = true;
    clearTimeout(this.#idle);
    this.#exec.close();
  }

  #restartIdle(): void {
    clearTimeout(this.#idle);
    if (!this.broken) this.#idle = setTimeout(() => this.close(), idleMs).unref();
  }

  async #listen(): Promise<void> {
    let problem = '';
    try {
      for await (const line of this.#exec.lines) this.#take(line);
      problem = (await this.#exec.closed).message;
    } catch (error) {
      problem = errorMessage(error);
    }
    this.close();
    for (const settle of [...this.#waiting.values()]) settle(new SessionLostError(`the session with the agent is lost: ${problem}`));
  }

  #take(line: string): void {
    const parsed = lineSchema.parse(JSON.parse(line));
    if (parsed.seq !== undefined && parsed.seq !== null) {
      this.#waiting.get(parsed.seq)?.(agentAnswerSchema.parse(parsed));
    } else if (typeof parsed.event !== 'string') {
      // Whose request the agent could not read is not known.
      throw new Error(`agent in ${this.#name} says ${line}`);
    }
  }
}

/** The connection ended before the answer; whether the request was carried out is not known. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError';
}

// By the door to the cluster, the pod's uid and the carrier. A session that is being opened is there already.
const sessions = new WeakMap<Cluster, Map<string, Promise<AgentSession>>>();

/** A carrier's container, in one incarnation of its pod. */
export interface CarrierAddress extends ContainerAddress {
  uid: string;
}

/**
 * Asks the agent in a carrier, over the session with it, which is opened on the first request and closed when idle for a
 * minute.
 *
 * @throws AgentError when it refuses; SessionLostError, after which the next request opens another session; ClusterError when
 * none can be opened; the signal's reason
 */
export async function askAgent(
  cluster: Cluster,
  address: CarrierAddress,
  request: Record<string, unknown>,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const { namespace, pod, container } = address;
  const attributes = { 'k8s.namespace.name': namespace, 'k8s.pod.name': pod, 'k8s.container.name': container };
  return inSpan({ name: `agent ${request.op}`, kind: 'client', attributes }, async () => {
    const session = await abortable(signal, openSession(cluster, address));
    const askedAt = Date.now();
    const answer = await session.request(request, signal);
    recordAgentSpan(request.op, askedAt, answer);
    if (answer.ok) return answer;
    throw new AgentError(answer.error?.code ?? 'unknown', answer.error?.message ?? JSON.stringify(answer));
  });
}

async function openSession(cluster: Cluster, address: CarrierAddress): Promise<AgentSession> {
  const ofCluster = sessions.get(cluster) ?? new Map<string, Promise<AgentSession>>();
  sessions.set(cluster, ofCluster);
  const key = `${address.uid} ${address.container}`;
  const known = ofCluster.get(key);
  if (known !== undefined) {
    const session = await known;
    if (!session.broken) return session;
    // Somebody else may have opened another meanwhile.
    if (ofCluster.get(key) !== known) return openSession(cluster, address);
  }
  const forget = () => {
    if (ofCluster.get(key) === opening) ofCluster.delete(key);
  };
  // Without the signal of whoever came first: others wait for it, too.
  const opening = cluster.openExec(address, ['/squall-agent', 'session'], { timeoutMs: openTimeoutMs }).then(
    (exec) => {
      void exec.closed.then(forget);
      return new AgentSession(`${address.namespace}/${address.pod}/${address.container}`, exec);
    },
    (error: unknown) => {
      forget();
      throw error;
    },
  );
  ofCluster.set(key, opening);
  return opening;
}

/** Whether an error says that the agent cannot be reached, rather than that it refuses. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ClusterError || error instanceof SessionLostError;
}
