import { readdir } from 'node:fs/promises';
import { attempt, run } from './run.ts';
import { type NodePlan, overlap, type Slot } from './slot.ts';

/**
 * Makes a bridge on the machine and, for every node, a network namespace with a cable to it. Routes lead from the machine to
 * the pods, and from each node to the pods of the others, so that nothing is forwarded by the machine: its sysctls and its
 * firewall stay as they are.
 */
export async function createNetwork(slot: Slot, nodes: readonly NodePlan[]): Promise<void> {
  await run(['ip', '-batch', '-'], {
    input: [
      `link add ${slot.bridge} type bridge`,
      `addr add ${slot.hostAddress}/24 dev ${slot.bridge}`,
      `link set ${slot.bridge} up`,
      ...attach(slot, nodes),
    ].join('\n'),
  });
  await Promise.all(
    nodes.map((node) =>
      setUpNode(
        slot,
        node,
        nodes.filter((other) => other !== node),
      ),
    ),
  );
}

/** Lines of ip(8) that put nodes on the bridge, and their pods and services in reach of this machine. */
function attach(slot: Slot, nodes: readonly NodePlan[]): string[] {
  return [
    ...nodes.flatMap((node) => [
      `netns add ${node.netns}`,
      `link add ${node.link} type veth peer name eth0 netns ${node.netns}`,
      `link set ${node.link} master ${slot.bridge} up`,
      `route add ${node.podSubnet} via ${node.address} dev ${slot.bridge}`,
    ]),
    // The machine is no node and has no kube-proxy: services are reached through the first node's.
    ...nodes.slice(0, 1).map((node) => `route add ${slot.serviceNetwork} via ${node.address} dev ${slot.bridge}`),
  ];
}

async function setUpNode(slot: Slot, node: NodePlan, others: readonly NodePlan[]): Promise<void> {
  await run(['ip', '-netns', node.netns, '-batch', '-'], {
    input: [
      'link set lo up',
      `addr add ${node.address}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${slot.hostAddress}`,
      ...others.map((other) => `route add ${other.podSubnet} via ${other.address}`),
    ].join('\n'),
  });
  await run(['ip', 'netns', 'exec', node.netns, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
}

/**
 * Puts the nodes of a second cluster on the first one's bridge, with routes both ways: pods reach pods whichever cluster they are of,
 * as over a private line between two data centres.
 */
export async function joinNetwork(slot: Slot, nodes: readonly NodePlan[], first: readonly NodePlan[]): Promise<void> {
  await run(['ip', '-batch', '-'], {
    input: [`addr add ${slot.hostAddress}/24 dev ${slot.bridge}`, ...attach(slot, nodes)].join('\n'),
  });
  await Promise.all([
    ...nodes.map((node) =>
      setUpNode(
        slot,
        node,
        [...nodes, ...first].filter((other) => other !== node),
      ),
    ),
    ...first.map((node) =>
      run(['ip', '-netns', node.netns, '-batch', '-'], {
        input: nodes.map((other) => `route replace ${other.podSubnet} via ${other.address}`).join('\n'),
      }),
    ),
  ]);
}

/** Takes whatever there is of a second cluster off the first one's bridge. */
export async function leaveNetwork(slot: Slot, nodes: readonly NodePlan[], first: readonly NodePlan[]): Promise<void> {
  for (const netns of await networkNamespaces(slot)) await run(['ip', 'netns', 'del', netns]);
  const there = await readdir('/run/netns').catch((): string[] => []);
  for (const { link, podSubnet } of nodes) {
    await attempt(['ip', 'link', 'del', link]);
    await attempt(['ip', 'route', 'del', podSubnet, 'dev', slot.bridge]);
    for (const { netns } of first.filter((node) => there.includes(node.netns)))
      await attempt(['ip', '-netns', netns, 'route', 'del', podSubnet]);
  }
  await attempt(['ip', 'route', 'del', slot.serviceNetwork, 'dev', slot.bridge]);
  await attempt(['ip', 'addr', 'del', `${slot.hostAddress}/24`, 'dev', slot.bridge]);
}

/** Removes whatever of a slot's network there is; with the bridge and the namespaces go their links and routes. */
export async function removeNetwork(slot: Slot): Promise<void> {
  for (const netns of await networkNamespaces(slot)) await run(['ip', 'netns', 'del', netns]);
  for (const link of await links(slot)) await attempt(['ip', 'link', 'del', link]);
}

export async function networkNamespaces(slot: Slot): Promise<string[]> {
  const names = await readdir('/run/netns').catch(() => []);
  return names.filter((name) => name.startsWith(`${slot.prefix}-`));
}

/** The slot's links on the machine, its bridge last. */
export async function links(slot: Slot): Promise<string[]> {
  const names = await readdir('/sys/class/net');
  return names.filter((name) => name === slot.bridge || name.startsWith(`${slot.bridge}n`)).sort((a, b) => b.length - a.length);
}

/** Routes of the machine that use addresses of this slot, as `ip route` prints them. */
export async function routes(slot: Slot): Promise<string[]> {
  const lines = (await run(['ip', '-4', 'route', 'show', 'table', 'main'])).split('\n');
  return lines.filter((line) => {
    const destination = /^(?:unreachable |blackhole |prohibit )?(\d+\.\d+\.\d+\.\d+(?:\/\d+)?)/.exec(line)?.[1];
    return destination !== undefined && overlap(destination, slot.network);
  });
}
