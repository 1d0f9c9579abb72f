/** Labs on one machine differ by their slot alone: every name, address and port is derived from its number. */
export interface Slot {
  number: number;
  /** prefix of network namespaces and cgroups */
  prefix: string;
  /** what its kubeconfig calls the cluster */
  context: string;
  /** its nodes are `node-1` … in zones `zone-a` … */
  nodes: { name: string; zone: string; from: number };
  /** how long a node may be silent before it is not Ready */
  nodeGrace: string;
  bridge: string;
  /** all addresses of this lab, as CIDR */
  network: string;
  /** the machine's own address on the bridge: etcd, the API server and its fellows bind to it */
  hostAddress: string;
  podNetwork: string;
  serviceNetwork: string;
  /** the ClusterIP of service kubernetes.default */
  apiServiceAddress: string;
  dnsAddress: string;
  apiServer: string;
  temporalPort: number;
  temporalUiPort: number;
  prometheusPort: number;
}

export interface NodePlan {
  number: number;
  name: string;
  zone: string;
  netns: string;
  /** the machine's end of the node's cable */
  link: string;
  cgroup: string;
  address: string;
  podSubnet: string;
}

export const slotCount = 32;
export const maxNodes = 9;

export function slotOf(number: number): Slot {
  if (!Number.isInteger(number) || number < 0 || number >= slotCount) {
    throw new RangeError(`slot: found ${number}, expected an integer from 0 to ${slotCount - 1}`);
  }
  const net = `10.${88 + number}`;
  return {
    number,
    prefix: `squall-${number}`,
    context: `squall-lab-${number}`,
    nodes: { name: 'node', zone: 'zone', from: 0 },
    // Half of Kubernetes's default: chaos of nodes is seen sooner.
    nodeGrace: '20s',
    bridge: `sq${number}`,
    network: `${net}.0.0/16`,
    hostAddress: `${net}.0.1`,
    podNetwork: `${net}.64.0/18`,
    serviceNetwork: `${net}.128.0/20`,
    apiServiceAddress: `${net}.128.1`,
    dnsAddress: `${net}.128.10`,
    apiServer: `https://${net}.0.1:6443`,
    temporalPort: 7233 + 10 * number,
    temporalUiPort: 8233 + 10 * number,
    prometheusPort: 9090 + 10 * number,
  };
}

/** A second cluster beside the slot's own, on its bridge: with addresses, names and keys of its own, and pods that reach those of the first. */
export function westOf(slot: Slot): Slot {
  const net = `10.${88 + slot.number}`;
  return {
    ...slot,
    prefix: `${slot.prefix}-west`,
    context: `${slot.context}-west`,
    nodes: { name: 'west', zone: 'west', from: 32 },
    // Its API server may be away for a while without its nodes being held for lost.
    nodeGrace: '50s',
    hostAddress: `${net}.0.2`,
    podNetwork: `${net}.96.0/19`,
    serviceNetwork: `${net}.144.0/20`,
    apiServiceAddress: `${net}.144.1`,
    dnsAddress: `${net}.144.10`,
    apiServer: `https://${net}.0.2:6443`,
  };
}

export function nodesOf(slot: Slot, count: number): NodePlan[] {
  if (!Number.isInteger(count) || count < 1 || count > maxNodes) {
    throw new RangeError(`nodes: found ${count}, expected an integer from 1 to ${maxNodes}`);
  }
  const net = `10.${88 + slot.number}`;
  return Array.from({ length: count }, (_, index) => {
    const number = slot.nodes.from + index + 1;
    return {
      number,
      name: `${slot.nodes.name}-${index + 1}`,
      zone: `${slot.nodes.zone}-${String.fromCharCode(97 + index)}`,
      netns: `${slot.prefix}-node-${index + 1}`,
      link: `${slot.bridge}n${number}`,
      cgroup: `${slot.prefix}-node-${index + 1}`,
      address: `${net}.0.${10 + number}`,
      podSubnet: `${net}.${64 + number}.0/24`,
    };
  });
}

/** Whether two IPv4 networks in CIDR notation have an address in common. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [parseCidr(a), parseCidr(b)];
  const bits = Math.min(first.bits, second.bits);
  const mask = bits === 0 ? 0 : (~0 << (32 - bits)) >>> 0;
  return (first.address & mask) >>> 0 === (second.address & mask) >>> 0;
}

function parseCidr(text: string): { address: number; bits: number } {
  const [address = '', bits = '32'] = text.split('/');
  const octets = address.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !Number.isInteger(octet) || octet < 0 || octet > 255)) {
    throw new RangeError(`network: found "${text}", expected IPv4 in CIDR notation`);
  }
  return { address: octets.reduce((sum, octet) => sum * 256 + octet, 0), bits: Number(bits) };
}
