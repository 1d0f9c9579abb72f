import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { nodeControlPermissions } from '../node/carrier-permissions.ts';
import { controlPlaneNodes, exceptCidrs } from '../node/isolation-parameters.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

export const zoneOutage: FaultDeclaration = {
  name: 'zone-outage',
  family: 'node',
  aliases: [{ name: 'zone-outages', note: "it is krkn's name for it, which does it through a cloud's network lists" }],
  summary: 'Cuts every node of zones off from everything that is not on it.',
  notes: `Zones are those of the nodes' label \`topology.kubernetes.io/zone\`, chosen by \`target: { zones: [a] }\`. It is
[node-isolate](node-isolate.md) of \`everything\` on all of their nodes at once; all that is said there holds here. Refused when a node
of the zones would be left out, when no Ready and schedulable node would be left in another zone, and when the API server is on one of
them, unless \`controlPlaneNodes: true\` says that this is meant.

Nodes of the zone no longer reach one another, either, as they would in an outage of the network between zones.`,
  parameters: parameterTable({ exceptCidrs, controlPlaneNodes }),
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: [],
  permissions: nodeControlPermissions,
  needs: 'nodes with zone labels; Linux 5.12 on them, and a namespace that takes a pod with hostNetwork, NET_ADMIN and NET_RAW',
  exclusive: () => ['*'],
  targetsAwayForMs: (_parameters, durationMs) => durationMs,
  litmus: null,
  example: `fault: zone-outage
target: { zones: [zone-b] }
duration: 1m`,
  describeInject: ({ durationMs, targets }) =>
    `cut ${targets.join(', ')}, all nodes of their zones, off from everything that is not on them for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `end squall's pods on ${targets.join(', ')}, and with them the rules, and see that the nodes are Ready`,
};
