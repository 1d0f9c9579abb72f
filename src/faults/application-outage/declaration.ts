import { formatDuration } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';
import { filterConflicts, filterParameters } from '../network/filter-parameters.ts';
import { describeFilter, exclusiveNetwork } from '../network/network-request.ts';
import { choiceParameter, type Parameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { policyPermissions } from '../pod-network-partition/network-policy.ts';

const parameters = parameterTable(
  {
    block: choiceParameter({
      sets: 'direction',
      choices: ['ingress', 'egress', 'both'],
      default: 'both',
      description: 'what comes in to the pods, what leaves them, or both',
    }),
    mechanism: choiceParameter({
      sets: 'mechanism',
      choices: ['auto', 'network-policy', 'in-pod'],
      default: 'auto',
      description: 'by a NetworkPolicy, by rules in the pods themselves, or by the first of these that can do it',
    }),
    ...chosen('exceptCidrs', 'exceptPorts', 'protocol', 'interface'),
  },
  { conflicts: filterConflicts },
);

function chosen(...names: string[]): Record<string, Parameter> {
  return Object.fromEntries(Object.entries(filterParameters).filter(([name]) => names.includes(name)));
}

const ways: Record<string, string> = { ingress: 'coming in to', egress: 'leaving', both: 'leaving or coming in to' };

export const applicationOutage: FaultDeclaration = {
  name: 'application-outage',
  family: 'network',
  aliases: [{ name: 'application_outage', note: 'it is the name krkn has for it' }],
  summary: 'Cuts every pod of the workload off, as if the application were away.',
  notes: `With \`target: all\` nothing reaches the application, or it reaches nothing. The same as
[pod-network-partition](pod-network-partition.md) without a peer: by a NetworkPolicy where something enforces it, which pods
created meanwhile are subject to as well; else by rules in each of the pods there are.

What the kubelet asks by HTTP or TCP is cut off, too, where it is done in the pod: such a liveness probe restarts the container.
\`exceptCidrs\` with the address the kubelet comes from avoids that.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: [...carrierPermissions, ...policyPermissions],
  needs: 'nf_tables in the kernel, or a CNI that enforces NetworkPolicy',
  exclusive: exclusiveNetwork('loss'),
  targetsAwayForMs: (_, durationMs) => durationMs,
  litmus: null,
  example: `fault: application-outage
target: all
parameters:
  block: ingress
duration: 10s`,
  describeInject: ({ parameters, durationMs, targets }) =>
    `drop the packets ${ways[String(parameters.direction)]} ${targets.join(', ')}${describeFilter(parameters)} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `let packets through again in ${targets.join(', ')}, and see that no rule of it is left`,
};
