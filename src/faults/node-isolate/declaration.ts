import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { nodeControlPermissions } from '../node/carrier-permissions.ts';
import { addressList, controlPlaneNodes, exceptCidrs } from '../node/isolation-parameters.ts';
import { choiceParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    scope: choiceParameter({
      sets: 'scope',
      choices: ['everything', 'control-plane'],
      default: 'everything',
      description: 'what the nodes are cut off from: all that is not on the node itself, or the API server alone',
    }),
    addresses: addressList({
      sets: 'addresses',
      description: 'beside those the cluster itself tells: where kubelets reach the API server, for example its load balancer',
    }),
    exceptCidrs,
    controlPlaneNodes,
  },
  {
    conflicts: ({ scope, addresses }) =>
      scope === 'everything' && addresses !== undefined
        ? [{ name: 'addresses', found: 'addresses with scope: everything', expected: 'none, or scope: control-plane' }]
        : [],
    contradictions: [{ addresses: ['10.0.0.1'] }],
  },
);

export const nodeIsolate: FaultDeclaration = {
  name: 'node-isolate',
  family: 'node',
  aliases: [],
  summary: 'Cuts nodes off: from everything that is not on them, or from the control plane alone.',
  notes: `The packets are dropped by rules in the node's own network namespace, in a table the kernel removes when squall's agent there
ends, whatever ends it. Pods on the node go on reaching one another.

While it holds, nobody gets to the node by its kubelet. Its end is asked for at a port of the agent, in the node's network,
which the fault leaves open: to it the API server connects by itself. What listens there tells how the fault is, and ends it; it can
start nothing. At the fault's deadline the agent ends it by itself.

A node that is silent for 40 s (by default) turns NotReady, and after 5 min more its pods are replaced. \`control-plane\` is that
alone: the workload on the node goes on. Verified by the node's Lease, which stops being renewed: where kubelets reach the API server
by an address the cluster does not tell, give it as \`addresses\`, else the experiment fails for not being in effect.`,
  parameters,
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeControlPermissions,
  needs: 'Linux 5.12 on the node, and a namespace that takes a pod with hostNetwork, NET_ADMIN and NET_RAW',
  exclusive: () => ['*'],
  targetsAwayForMs: ({ scope }, durationMs) => (scope === 'everything' ? durationMs : 0),
  litmus: null,
  example: `fault: node-isolate
target: { role: redis-primary }
parameters:
  scope: control-plane
duration: 1m`,
  describeInject({ parameters: { scope }, durationMs, targets }) {
    const from = scope === 'everything' ? 'everything that is not on them' : 'the control plane';
    return `cut ${targets.join(', ')} off from ${from} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `end squall's pod on ${targets.join(', ')}, and with it the rules, and see that the nodes are Ready`,
};
