import { formatDuration } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';

/** What the faults of DNS have in common. `does` ends before the pods: `answer every DNS query with servfail`. */
export function dnsDeclaration(
  own: Pick<FaultDeclaration, 'name' | 'summary' | 'parameters' | 'litmus' | 'example'> & { does: (parameters: Parameters) => string },
): FaultDeclaration {
  const { does, ...declared } = own;
  return {
    ...declared,
    family: 'dns',
    aliases: [],
    notes,
    targets: 'pods',
    defaultDurationMs: 60_000,
    holds: true,
    needsContainer: false,
    roles: ['redis-primary', 'redis-replica'],
    permissions: carrierPermissions,
    needs: 'nftables with redirection and owned tables (Linux 5.12), and connection tracking that can be asked',
    exclusive: () => ['dns'],
    describeInject: ({ parameters, durationMs, targets }) =>
      `${does(parameters)} in ${targets.join(', ')} for ${formatDuration(durationMs)}`,
    describeUndo: ({ targets }) => `take the DNS redirect of ${targets.join(', ')} away and see that no rule of it is left`,
  };
}

/** Whose queries, in words. */
export function describeNames(names: readonly string[], { match, percent }: Parameters): string {
  const which = names.length === 0 ? 'every name' : `${names.join(', ')}${match === 'exact' ? '' : ` (${String(match)})`}`;
  return `${percent === 100 ? 'DNS queries' : `${String(percent)} % of the DNS queries`} for ${which}`;
}

const notes = `What the pod sends to port 53, by UDP or TCP, of whatever container, goes by a proxy in the agent. Queries for other names
go on unchanged to the server they were for. A server inside the pod itself, on its loopback, is not concerned.

Programs ask for more than they are told to: the pod's resolver appends its search domains, and \`redis\` goes out as
\`redis.shop.svc.cluster.local\`. A name therefore matches with each search domain of the pod taken off, too: \`redis\`,
\`redis.shop\` and the full name all mean that Service.

Answers have a time to live of 0, but what a program keeps by itself, a JVM for instance, it goes on using: the fault is felt when it
asks again.`;
