import assert from 'node:assert/strict';
import { nodesOf, overlap, slotCount, slotOf, westOf } from '../../../lab/slot.ts';

describe('slot', () => {
  it('gives slot 0 the usual ports', () => {
    const slot = slotOf(0);
    assert.deepEqual([slot.temporalPort, slot.temporalUiPort, slot.prometheusPort], [7233, 8233, 9090]);
  });

  it('gives no two slots a port, a name or an address in common', () => {
    const slots = Array.from({ length: slotCount }, (_, number) => slotOf(number));
    const ports = slots.flatMap((slot) => [slot.temporalPort, slot.temporalUiPort, slot.prometheusPort]);
    assert.equal(new Set(ports).size, ports.length);
    assert.ok(Math.max(...ports) < 65536);
    assert.equal(new Set(slots.flatMap((slot) => [slot.bridge, ...nodesOf(slot, 9).map((node) => node.link)])).size, slotCount * 10);
    for (const [index, slot] of slots.entries()) {
      for (const other of slots.slice(index + 1))
        assert.equal(overlap(slot.network, other.network), false, `${slot.network} ${other.network}`);
    }
  });

  it('keeps everything of a lab within its network, pods and services apart', () => {
    const slot = slotOf(7);
    const nodes = nodesOf(slot, 9);
    for (const network of [slot.podNetwork, slot.serviceNetwork, `${slot.hostAddress}/32`, `${slot.dnsAddress}/32`]) {
      assert.ok(overlap(slot.network, network), network);
    }
    assert.ok(overlap(slot.serviceNetwork, `${slot.dnsAddress}/32`) && overlap(slot.serviceNetwork, `${slot.apiServiceAddress}/32`));
    assert.equal(overlap(slot.podNetwork, slot.serviceNetwork), false);
    for (const node of nodes) {
      assert.ok(overlap(slot.podNetwork, node.podSubnet), node.podSubnet);
      assert.equal(overlap(slot.podNetwork, `${node.address}/32`), false);
      // The kernel's limit for a link's name.
      assert.ok(node.link.length < 16);
    }
    assert.deepEqual(
      nodesOf(slot, 3).map((node) => node.zone),
      ['zone-a', 'zone-b', 'zone-c'],
    );
  });

  it('has room for a second cluster, with nothing in common but the bridge', () => {
    const first = slotOf(7);
    const west = westOf(first);
    assert.equal(west.bridge, first.bridge);
    for (const network of [west.podNetwork, west.serviceNetwork, `${west.hostAddress}/32`])
      assert.ok(overlap(first.network, network), network);
    assert.equal(overlap(west.serviceNetwork, first.serviceNetwork), false);
    assert.equal(overlap(west.serviceNetwork, west.podNetwork), false);
    for (const node of nodesOf(west, 9)) {
      assert.ok(overlap(west.podNetwork, node.podSubnet), node.podSubnet);
      assert.ok(node.netns.startsWith(`${first.prefix}-`), 'what goes down with the first goes by this');
      for (const other of nodesOf(first, 9)) {
        assert.equal(overlap(node.podSubnet, other.podSubnet), false);
        for (const key of ['name', 'zone', 'netns', 'link', 'cgroup', 'address'] as const) assert.notEqual(node[key], other[key]);
      }
    }
    assert.notEqual(west.hostAddress, first.hostAddress);
    assert.notEqual(west.context, first.context);
  });

  it('refuses numbers that name no slot and no count of nodes, with what was found and expected', () => {
    assert.throws(() => slotOf(slotCount), { message: 'slot: found 32, expected an integer from 0 to 31' });
    assert.throws(() => slotOf(-1), RangeError);
    assert.throws(() => slotOf(0.5), RangeError);
    assert.throws(() => nodesOf(slotOf(0), 0), { message: 'nodes: found 0, expected an integer from 1 to 9' });
    assert.throws(() => nodesOf(slotOf(0), 10), RangeError);
  });

  it('tells overlapping networks', () => {
    assert.ok(overlap('10.0.0.0/8', '10.88.3.0/24'));
    assert.ok(overlap('10.88.3.7', '10.88.0.0/16'));
    assert.ok(overlap('0.0.0.0/0', '192.168.1.0/24'));
    assert.equal(overlap('10.88.0.0/16', '10.89.0.0/16'), false);
    assert.equal(overlap('192.168.1.0/25', '192.168.1.128/25'), false);
    assert.throws(() => overlap('fe80::1/64', '10.0.0.0/8'), { message: 'network: found "fe80::1/64", expected IPv4 in CIDR notation' });
  });
});
