import { BlockList, isIP, isIPv4 } from 'node:net';

/** Where probes whose address is in a document may connect to. */
export interface EgressPolicy {
  /** names (`*.shop.svc`, `*` for any text), addresses and ranges (`10.0.0.0/8`); null: everywhere but what is always refused */
  allow: readonly string[] | null;
  /** whether the worker's own machine may be probed */
  loopback: boolean;
}

export const defaultEgress: EgressPolicy = { allow: null, loopback: false };

/** An address that a probe may not connect to. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
}

/** Of clouds: whoever can ask there gets the credentials of the machine. */
const metadataNames = ['metadata', 'metadata.google.internal', 'instance-data', 'instance-data.ec2.internal'];

const metadata = blockList([
  ['fd00:ec2::254', 128],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
]);
const linkLocal = blockList([
  ['169.254.0.0', 16],
  ['fe80::', 10],
]);
const loopback = blockList([
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
  ['::1', 128],
  ['::', 128],
]);
const nobodys = blockList([
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['ff00::', 8],
]);

function blockList(ranges: readonly (readonly [address: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, familyOf(address));
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

/** Whether a written destination is one: a name, an address, or a range. */
export function isDestination(written: string): boolean {
  if (isIP(written) !== 0 || rangeOf(written) !== undefined) return true;
  return /^[A-Za-z0-9*]([A-Za-z0-9.*-]*[A-Za-z0-9*])?$/.test(written);
}

/**
 * Refuses a name before it is looked up. Its addresses are judged by `refuseAddress`, those it then has: whoever owns a name may
 * change them between two looks.
 *
 * @param host a name or an address, without brackets
 * @throws EgressRefused
 */
export function refuseHost(host: string, policy: EgressPolicy): void {
  if (isIP(host) !== 0) {
    refuseAddress(host, host, policy);
    return;
  }
  const name = host.toLowerCase().replace(/\.$/, '');
  if (metadataNames.includes(name)) throw refused(host, "the cloud's metadata service");
  if (policy.allow === null || isNameAllowed(name, policy.allow)) return;
  // It may still have an address in a range that is allowed.
  if (!policy.allow.some((each) => isIP(each) !== 0 || rangeOf(each) !== undefined)) throw notListed(host);
}

/** @param host by which it was found @throws EgressRefused */
export function refuseAddress(address: string, host: string, { allow, loopback: mayLoopback }: EgressPolicy): void {
  const real = plainAddress(address);
  const family = familyOf(real);
  if (metadata.check(real, family)) throw refused(tell(address, host), "the cloud's metadata service");
  if (linkLocal.check(real, family)) throw refused(tell(address, host), 'link-local, where clouds have their metadata services');
  if (nobodys.check(real, family)) throw refused(tell(address, host), 'no address of a single machine');
  if (!mayLoopback && loopback.check(real, family)) throw refused(tell(address, host), "the worker's own machine");
  if (allow === null || isAddressAllowed(real, allow) || isNameAllowed(host.toLowerCase().replace(/\.$/, ''), allow)) return;
  throw notListed(tell(address, host));
}

/** An IPv4 address that is written as one of IPv6 is what it stands for. */
function plainAddress(address: string): string {
  const zoneless = address.split('%')[0] ?? address;
  const [, dotted] = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(zoneless) ?? [];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(zoneless) ?? [];
  if (high === undefined || low === undefined) return zoneless;
  const bytes = [Number.parseInt(high, 16), Number.parseInt(low, 16)].flatMap((word) => [word >> 8, word & 255]);
  return bytes.join('.');
}

function isNameAllowed(name: string, allow: readonly string[]): boolean {
  return allow.some((each) => {
    const parts = each.toLowerCase().split('*');
    return new RegExp(`^${parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')}$`).test(name);
  });
}

function isAddressAllowed(address: string, allow: readonly string[]): boolean {
  return allow.some((each) => {
    const range = rangeOf(isIP(each) === 0 ? each : `${each}/${isIPv4(each) ? 32 : 128}`);
    return range !== undefined && blockList([range]).check(address, familyOf(address));
  });
}

function rangeOf(written: string): [address: string, prefix: number] | undefined {
  const [, address = '', prefix = ''] = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(written) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128) ? [address, Number(prefix)] : undefined;
}

function tell(address: string, host: string): string {
  return address === host ? address : `${host} (${address})`;
}

function refused(what: string, why: string): EgressRefused {
  return new EgressRefused(`${what} is not probed: it is ${why}`);
}

function notListed(what: string): EgressRefused {
  return new EgressRefused(`${what} is not probed: probes.allow in the service's policy does not list it`);
}
