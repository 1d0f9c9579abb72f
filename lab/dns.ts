import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../src/error-message.ts';
import { ownCheckout } from './paths.ts';
import { run } from './run.ts';
import type { Slot } from './slot.ts';

/** Applies what every lab's cluster holds: CoreDNS, and Prometheus's rights. */
export async function applySystem(slot: Slot, kubectl: string, kubeconfig: string): Promise<void> {
  const manifest = await readFile(join(ownCheckout, 'lab', 'manifests', 'system.yaml'), 'utf8');
  const filled = manifest.replaceAll('DNS_ADDRESS', slot.dnsAddress);
  await run([kubectl, `--kubeconfig=${kubeconfig}`, 'apply', '--server-side', '--force-conflicts', '-f', '-'], { input: filled });
}

/**
 * Why the cluster's DNS is not healthy, undefined when it answers with the API server's service, asked over the service network.
 * As every resolver does, it asks again when nothing comes: a lost datagram is no silence.
 */
export async function dnsComplaint(slot: Slot): Promise<string | undefined> {
  const resolver = new Resolver({ timeout: 1000, tries: 3 });
  resolver.setServers([slot.dnsAddress]);
  try {
    const addresses = await resolver.resolve4('kubernetes.default.svc.cluster.local');
    if (addresses.includes(slot.apiServiceAddress)) return undefined;
    return `DNS answers with ${addresses.join(', ')}, expected ${slot.apiServiceAddress}`;
  } catch (error) {
    return `DNS does not answer: ${errorMessage(error)}`;
  }
}
