import { agentProtocol } from '../../src/faults/carrier/agent-protocol.ts';
import { ClusterError, type OpenExec } from '../../src/kubernetes/cluster.ts';

interface StubFault {
  id: string;
  kind: string;
  state: 'active' | 'ended';
  mechanism: string | null;
  interface: string | null;
  startedAt: number;
  endsAt: number;
  endedAt: number;
  reason: '' | 'stop' | 'deadline';
}

const ability = { usable: true, reason: 'a stub' };

/** Answers as an agent does whose kernel does all it is asked to, at once. */
export class StubAgent {
  readonly #faults = new Map<string, StubFault>();

  start(id: string, kind: string, ttlMs: number, more: { mechanism?: string; interface?: string } = {}): StubFault {
    const known = this.#faults.get(id);
    if (known !== undefined) return known;
    const startedAt = Date.now();
    const fault: StubFault = {
      id,
      kind,
      state: 'active',
      mechanism: more.mechanism ?? null,
      interface: more.interface ?? null,
      startedAt,
      endsAt: startedAt + ttlMs,
      endedAt: 0,
      reason: '',
    };
    this.#faults.set(id, fault);
    return fault;
  }

  /** One of its sessions. */
  open(): OpenExec {
    const answers: string[] = [JSON.stringify({ event: 'open', protocol: agentProtocol, pid: 7 })];
    let wake = (): void => undefined;
    let isOpen = true;
    const { promise: closed, resolve } = Promise.withResolvers<ClusterError>();
    async function* lines(): AsyncGenerator<string> {
      while (isOpen || answers.length > 0) {
        const line = answers.shift();
        if (line !== undefined) yield line;
        else
          await new Promise<void>((resume) => {
            wake = resume;
          });
      }
    }
    return {
      lines: lines(),
      closed,
      write: (line) => {
        const { seq, ...request } = JSON.parse(line) as Request;
        answers.push(JSON.stringify({ seq, ...this.#answer(request) }));
        wake();
      },
      close: () => {
        isOpen = false;
        wake();
        resolve(new ClusterError('exec', 'the session was closed', { retryable: true }));
      },
    };
  }

  #answer({ op, id = '', kind = '', ttlMs = 0, ...more }: Omit<Request, 'seq'>): object {
    switch (op) {
      case 'ping':
        return { ok: true, now: Date.now() };
      case 'abilities':
        return { ok: true, ...abilities };
      case 'list':
        return { ok: true, faults: [...this.#faults.values()].map((fault) => this.#told(fault)), leftovers: [] };
      case 'start':
        return { ok: true, fault: this.#told(this.start(id, kind, ttlMs, more)) };
      case 'status':
      case 'stop':
        return { ok: true, fault: this.#status(id, op === 'stop') };
      default:
        return { ok: false, error: { code: 'invalid', message: `the stub does not know ${op}` } };
    }
  }

  #status(id: string, stop: boolean): object {
    const fault = this.#faults.get(id);
    if (fault === undefined) return { id, kind: null, state: 'unknown', inEffect: false, evidence: 'nothing of it is there' };
    endAtDeadline(fault);
    if (stop && fault.state === 'active') Object.assign(fault, { state: 'ended', endedAt: Date.now(), reason: 'stop' });
    return this.#told(fault);
  }

  #told(fault: StubFault): object {
    endAtDeadline(fault);
    const inEffect = fault.state === 'active';
    return { ...fault, inEffect, evidence: inEffect ? 'it is in effect, says a stub' : 'nothing of it is left, says a stub' };
  }
}

/** A real agent would have ended it by itself, whoever asks, and for whatever. */
function endAtDeadline(fault: StubFault): void {
  if (fault.state === 'active' && Date.now() > fault.endsAt)
    Object.assign(fault, { state: 'ended', endedAt: fault.endsAt, reason: 'deadline' });
}

interface Request {
  seq: number;
  op: string;
  id?: string;
  kind?: string;
  ttlMs?: number;
  mechanism?: string;
  interface?: string;
}

const abilities = {
  protocol: agentProtocol,
  pid: 7,
  uid: 0,
  targetUid: 0,
  targetGid: 0,
  interfaces: ['eth0', 'lo'],
  network: { netem: ability, tbf: ability, nfqueue: ability, drop: ability, redirect: ability, 'redirect-dns': ability },
  trace: ability,
};
