import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { nodeControlPermissions } from '../node/carrier-permissions.ts';
import { controlPlaneNodes } from '../node/isolation-parameters.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

export const kubeletServiceKill: FaultDeclaration = {
  name: 'kubelet-service-kill',
  family: 'node',
  aliases: [],
  summary: 'Takes the kubelet of nodes away: pods there go on, but nobody starts, probes, restarts or ends them.',
  notes: `Litmus stops the systemd unit, from a privileged pod, and starts it again when all goes well. squall freezes the kubelet's threads
by ptrace instead: to the cluster it is the same, its Lease is not renewed and after 40 s (by default) the node turns NotReady. It takes
no privilege beyond SYS_PTRACE, and it cannot be leaked: the kernel lets the kubelet run on as soon as squall's agent there ends, whatever
ends it. Connections the kubelet had stay open, and requests to it wait instead of being refused.

It is ended by a port of the agent in the node's network, as [node-isolate](node-isolate.md) is. A unit with a watchdog
(\`WatchdogSec\`) is restarted by systemd, which ends the fault; the read-back says so. Distributions that have the kubelet within
another program, such as k3s, are refused.`,
  parameters: parameterTable({ controlPlaneNodes }),
  targets: 'nodes',
  defaultDurationMs: 90_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeControlPermissions,
  needs: 'a process named kubelet, and a namespace that takes a pod with hostNetwork, hostPID and SYS_PTRACE',
  exclusive: () => ['*'],
  // Kubernetes takes the pods of a node that is not Ready to be gone.
  podsAway: (_parameters, _durationMs, reached) => reached,
  litmus: { experiment: 'kubelet-service-kill', defaults: {}, defaultDurationMs: 90_000, env: {} },
  example: `fault: kubelet-service-kill
target: { role: redis-primary }
duration: 90s`,
  describeInject: ({ durationMs, targets }) => `freeze the kubelet of ${targets.join(', ')} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) =>
    `end squall's pod on ${targets.join(', ')}, whereupon the kubelet runs on, and see that the nodes are Ready`,
};
