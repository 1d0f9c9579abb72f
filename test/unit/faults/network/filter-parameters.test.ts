import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCampaign } from '../../../../src/campaign/parse.ts';
import { filterConflicts, parseCidr, parseHost, parsePorts } from '../../../../src/faults/network/filter-parameters.ts';
import { describeWay, exclusiveNetwork } from '../../../../src/faults/network/network-request.ts';

describe('filters of the network', () => {
  for (const good of [
    '10.0.0.1',
    '10.0.0.0/8',
    '0.0.0.0/0',
    'fd00::/8',
    '::/0',
    '::1',
    'fd77::1/128',
    '2001:db8:1:2:3:4:5:6',
    '::ffff:0:0/96',
  ]) {
    it(`takes ${good}`, () => assert.ok(parseCidr(good).ok));
  }
  for (const [wrong, expected] of [
    ['10.0.0', /an IP address/],
    ['10.0.0.1/8', /first address/],
    ['10.0.0.0/33', /at most 32 bits/],
    ['fd00::1/8', /first address/],
    ['fd00::/129', /at most 128 bits/],
    ['10.0.0.0/8/8', /an IP address/],
    ['10.0.0.0/', /at most 32 bits/],
    ['fe80::1%eth0', /an IP address/],
    ['redis', /an IP address/],
    [10, /an IP address/],
  ] as const) {
    it(`refuses ${wrong}`, () => {
      const parsed = parseCidr(wrong);
      assert.ok(!parsed.ok);
      assert.match(parsed.expected, expected);
    });
  }

  it('takes a block by any of its first addresses alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 32 }), (number, bits) => {
        const first = bits === 32 ? number : number - (number % 2 ** (32 - bits));
        const text = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
        assert.ok(parseCidr(`${text(first)}/${bits}`).ok);
        assert.equal(parseCidr(`${text(number)}/${bits}`).ok, number === first);
      }),
    );
  });

  it('takes ports and ranges in their order', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 70_000 }), fc.integer({ min: -5, max: 70_000 }), (first, last) => {
        const inside = (port: number) => port >= 1 && port <= 65_535;
        assert.equal(parsePorts(`${first}-${last}`).ok, inside(first) && inside(last) && first <= last);
        assert.equal(parsePorts(String(first)).ok, inside(first));
      }),
    );
  });

  it("takes a host's name, and no address of a web page", () => {
    assert.ok(parseHost('redis.shop.svc.cluster.local').ok);
    for (const wrong of ['', 'a b', 'http://redis', '-redis', 'redis:6379', 5]) assert.ok(!parseHost(wrong).ok, String(wrong));
  });

  it('points at what cannot be', () => {
    assert.deepEqual(
      filterConflicts({ protocol: 'icmp', localPorts: ['1'], cidrs: ['10.0.0.1'], exceptCidrs: ['10.0.0.1'] }).map(({ name }) => name),
      ['localPorts', 'exceptCidrs'],
    );
    assert.deepEqual(filterConflicts({ protocol: 'any', cidrs: ['10.0.0.1'], exceptCidrs: ['10.0.0.1'], peers: 'app=a' }), []);
  });

  it('are told in words', () => {
    const parameters = {
      interface: 'eth0',
      direction: 'both',
      protocol: 'tcp',
      peers: 'app=redis',
      cidrs: ['10.0.0.1'],
      ports: ['6379'],
      exceptPorts: ['53'],
    };
    assert.equal(
      describeWay(parameters, ['a', 'b']),
      'leaving or coming in to a, b by eth0 by tcp with 10.0.0.1, pods app=redis at port 6379 but not at port 53',
    );
    assert.deepEqual(exclusiveNetwork('loss')(parameters), ['network-loss:eth0:egress', 'network-loss:eth0:ingress']);
  });
});

describe("Litmus's filters", () => {
  function imported(name: string, env: Record<string, string>) {
    const components = { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) };
    const document = {
      apiVersion: 'litmuschaos.io/v1alpha1',
      kind: 'ChaosEngine',
      metadata: { name: 'engine', namespace: 'shop' },
      spec: {
        appinfo: { appns: 'shop', applabel: 'app=redis', appkind: 'statefulset' },
        experiments: [{ name, spec: { components } }],
      },
    };
    const parsed = parseCampaign(JSON.stringify(document));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const [step] = parsed.campaign.steps;
    assert.ok(step?.kind === 'experiment');
    return { parameters: step.experiment.parameters, warnings: parsed.campaign.warnings };
  }

  it('are read, ports to leave out among them', () => {
    const { parameters } = imported('pod-network-loss', {
      DESTINATION_IPS: '10.0.0.1, 10.1.0.0/16',
      DESTINATION_HOSTS: 'redis.shop',
      DESTINATION_PORTS: '!53,5353',
      SOURCE_PORTS: '!80,100-200',
      NETWORK_PACKET_LOSS_PERCENTAGE: '40',
      CORRELATION: '25',
    });
    assert.deepEqual(parameters, {
      percent: 40,
      correlationPercent: 25,
      direction: 'egress',
      protocol: 'any',
      interface: 'eth0',
      cidrs: ['10.0.0.1', '10.1.0.0/16'],
      hosts: ['redis.shop'],
      exceptPorts: ['53', '5353'],
      localPorts: ['1-79', '81-99', '201-65535'],
    });
  });

  it('of two kinds are one or the other to Litmus, and both here: it says so', () => {
    const { warnings } = imported('pod-network-loss', { DESTINATION_IPS: '10.0.0.1', DESTINATION_PORTS: '80' });
    assert.ok(warnings.some(({ code, message }) => code === 'litmus-filters-together' && message.includes('any of them')));
  });

  it('default to all packets lost, damaged, doubled', () => {
    for (const name of ['loss', 'corruption', 'duplication'])
      assert.equal(imported(`pod-network-${name}`, {}).parameters.percent, 100, name);
  });

  it('and sizes are as tc has them', () => {
    const { parameters } = imported('pod-network-rate-limit', { NETWORK_BANDWIDTH: '2mbit', BURST: '16kb', LIMIT: '1mb' });
    assert.equal(parameters.rateBitsPerSecond, 2_000_000);
    assert.equal(parameters.burstBytes, 16 * 1024);
    assert.equal(parameters.limitBytes, 1024 * 1024);
  });

  it('of a partition are its peers, ports and direction', () => {
    const { parameters } = imported('pod-network-partition', { POLICY_TYPES: 'ingress', POD_SELECTOR: 'app=web', PORTS: 'tcp: [80,443]' });
    assert.equal(parameters.direction, 'ingress');
    assert.equal(parameters.peers, 'app=web');
    assert.equal(parameters.protocol, 'tcp');
    assert.deepEqual(parameters.ports, ['80', '443']);
  });
});
