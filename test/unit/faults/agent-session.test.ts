import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentError } from '../../../src/faults/carrier/agent-protocol.ts';
import { askAgent, isUnreachable, SessionLostError } from '../../../src/faults/carrier/agent-session.ts';
import { type Cluster, ClusterError, type OpenExec } from '../../../src/kubernetes/cluster.ts';

/** The far end of a session, in the hands of the test. */
class FarEnd implements OpenExec {
  readonly written: Record<string, unknown>[] = [];
  readonly lines: AsyncIterable<string>;
  readonly closed: Promise<ClusterError>;
  readonly #said: string[] = [];
  #wake: () => void = () => undefined;
  #end: (error: ClusterError) => void = () => undefined;
  #over = false;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.lines = this.#read();
  }

  write(line: string): void {
    this.written.push(JSON.parse(line));
  }

  say(line: object): void {
    this.#said.push(JSON.stringify(line));
    this.#wake();
  }

  close(): void {
    this.#over = true;
    this.#end(new ClusterError('exec', 'ended', { retryable: true }));
    this.#wake();
  }

  async *#read(): AsyncGenerator<string> {
    for (;;) {
      for (let line = this.#said.shift(); line !== undefined; line = this.#said.shift()) yield line;
      if (this.#over) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

describe('a session with an agent', () => {
  const address = { namespace: 'n', pod: 'p', container: 'c', uid: 'u' };
  let opened: FarEnd[];
  let cluster: Cluster;
  const { signal } = new AbortController();

  beforeEach(() => {
    opened = [];
    const openExec: Cluster['openExec'] = async () => {
      const far = new FarEnd();
      opened.push(far);
      return far;
    };
    cluster = { openExec } as unknown as Cluster; // nothing else of it is asked for
  });

  async function far(number = 0): Promise<FarEnd> {
    for (let i = 0; i < 100; i++) {
      const end = opened[number];
      if (end !== undefined && end.written.length > 0) return end;
      await turn();
    }
    throw new Error('nothing was asked');
  }

  const ask = (request: Record<string, unknown>, own = signal) => askAgent(cluster, address, request, own);

  it('is opened once for all requests, whose answers may come in any order', async () => {
    const answers = Promise.all([ask({ op: 'a' }), ask({ op: 'b' })]);
    const end = await far();
    while (end.written.length < 2) await turn();
    end.say({ event: 'open' });
    for (const { seq, op } of end.written.toReversed()) end.say({ seq, ok: true, op });
    assert.deepEqual(
      (await answers).map(({ op }) => op),
      ['a', 'b'],
    );
    assert.equal(opened.length, 1);
  });

  it('gives a refusal in the words of the agent', async () => {
    const refused = assert.rejects(
      ask({ op: 'a' }),
      (error) => error instanceof AgentError && error.code === 'conflict' && error.message === 'no',
    );
    (await far()).say({ seq: 1, ok: false, error: { code: 'conflict', message: 'no' } });
    await refused;
  });

  it('that is lost says so to all who wait, and the next request opens another', async () => {
    const lost = [ask({ op: 'a' }), ask({ op: 'b' })].map((answer) =>
      assert.rejects(answer, (error) => error instanceof SessionLostError && isUnreachable(error)),
    );
    const first = await far();
    while (first.written.length < 2) await turn();
    first.close();
    await Promise.all(lost);
    const again = ask({ op: 'c' });
    (await far(1)).say({ seq: 1, ok: true });
    assert.equal((await again).ok, true);
  });

  it('is not for what it cannot read', async () => {
    const lost = assert.rejects(ask({ op: 'a' }), SessionLostError);
    (await far()).say({ ok: false, error: { code: 'invalid', message: 'what?' } });
    await lost;
  });

  it('lets one who gives up go, and goes on for the others', async () => {
    const controller = new AbortController();
    const given = assert.rejects(ask({ op: 'a' }, controller.signal), /enough/);
    const kept = ask({ op: 'b' });
    const end = await far();
    while (end.written.length < 2) await turn();
    controller.abort(new Error('enough'));
    await given;
    for (const { seq, op } of end.written) end.say({ seq, ok: true, op });
    assert.equal((await kept).op, 'b');
  });
});
