import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownCheckout } from './paths.ts';
import { run } from './run.ts';
import type { Slot } from './slot.ts';

/** Applies what every lab's cluster holds: CoreDNS, and Prometheus's rights. */
export async function applySystem(slot: Slot, kubectl: string, kubeconfig: string): Promise<void> {
  const manifest = await readFile(join(ownCheckout, 'lab', 'manifests', 'system.yaml'), 'utf8');
  const filled = manifest.replaceAll('DNS_ADDRESS', slot.dnsAddress);
  await run([kubectl, `--kubeconfig=${kubeconfig}`, 'apply', '--server-side', '--force-conflicts', '-f', '-'], { input: filled });
}

/** Whether the cluster's DNS answers with the API server's service, asked over the service network. */
export async function dnsAnswers(slot: Slot): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1500, tries: 1 });
  resolver.setServers([slot.dnsAddress]);
  const addresses = await resolver.resolve4('kubernetes.default.svc.cluster.local').catch((): string[] => []);
  return addresses.includes(slot.apiServiceAddress);
}
