import assert from 'node:assert/strict';
import { chooseMechanism, explain, type Found } from '../../../../src/faults/network/choose-mechanism.ts';

const usable = { usable: true, reason: 'tried' };

function found(pod: string, lacks: Partial<Record<'netem' | 'tbf' | 'nfqueue' | 'drop', string>> = {}, held: string[] = []): Found {
  const ability = (name: keyof typeof lacks) => (lacks[name] === undefined ? usable : { usable: false, reason: lacks[name] });
  return {
    pod,
    network: {
      netem: ability('netem'),
      tbf: ability('tbf'),
      nfqueue: ability('nfqueue'),
      drop: ability('drop'),
      redirect: usable,
      'redirect-dns': usable,
    },
    held,
  };
}

describe('the mechanism of a fault of the network', () => {
  const all = [found('a'), found('b')];
  for (const [what, impairment, direction, expected] of [
    ['every packet lost', { lossPercent: 100 }, 'both', 'drop'],
    ['some packets lost', { lossPercent: 30 }, 'egress', 'netem'],
    ['a delay', { delayMs: 10 }, 'egress', 'netem'],
    ['a delay of what comes in', { delayMs: 10 }, 'ingress', 'nfqueue'],
    ['a rate', { rateBitsPerSecond: 1e6 }, 'egress', 'tbf'],
    ['a rate both ways', { rateBitsPerSecond: 1e6 }, 'both', 'nfqueue'],
  ] as const) {
    it(`for ${what} is ${expected} where all is there`, () =>
      assert.equal(chooseMechanism(impairment, direction, all).mechanism, expected));
  }

  it('is one that every target has, and says what the better one lacks, and where', () => {
    const choice = chooseMechanism({ delayMs: 10 }, 'egress', [found('a'), found('b', { netem: 'no such qdisc' })]);
    assert.equal(choice.mechanism, 'nfqueue');
    assert.equal(explain(choice), 'netem: no such qdisc (b)');
  });

  it('leaves the qdisc of another fault alone, and adds to its queue', () => {
    assert.equal(chooseMechanism({ delayMs: 10 }, 'egress', [found('a', {}, ['tbf'])]).mechanism, 'nfqueue');
    assert.equal(chooseMechanism({ delayMs: 10 }, 'egress', [found('a', {}, ['nfqueue', 'drop'])]).mechanism, 'netem');
  });

  it('is none, with every reason, where there is none', () => {
    const { mechanism, refused } = chooseMechanism({ delayMs: 10 }, 'egress', [found('a', { netem: 'no netem', nfqueue: 'no queue' })]);
    assert.equal(mechanism, undefined);
    assert.deepEqual(
      refused.map(({ mechanism: name, why }) => `${name}: ${why}`),
      ['drop: it only loses every packet', 'tbf: it only limits the rate', 'netem: no netem (a)', 'nfqueue: no queue (a)'],
    );
  });
});
