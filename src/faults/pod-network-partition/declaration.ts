import { bad, describe, good, type Parsed, parseChoice } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { type FaultDeclaration, litmusSets, litmusUnsupported } from '../definition.ts';
import { directionParameter, filterConflicts, filterContradictions, filterParameters, parsePorts } from '../network/filter-parameters.ts';
import { litmusFilter } from '../network/litmus-filter.ts';
import { networkDeclaration } from '../network/network-declaration.ts';
import { choiceParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { policyFilters, policyPermissions } from './network-policy.ts';

const parameters = parameterTable(
  {
    direction: directionParameter('both'),
    mechanism: choiceParameter({
      sets: 'mechanism',
      choices: ['auto', 'network-policy', 'in-pod'],
      default: 'auto',
      description: 'by a NetworkPolicy, by rules in the pod itself, or by the first of these that can do it',
    }),
    ...filterParameters,
  },
  {
    conflicts: (effective) => [...policyConflicts(effective), ...filterConflicts(effective)],
    contradictions: [{ mechanism: 'network-policy', ports: ['80'] }, ...filterContradictions],
  },
);

function policyConflicts(effective: Parameters) {
  const filters = effective.mechanism === 'network-policy' ? policyFilters(effective) : [];
  return filters.map((name) => ({
    name,
    found: describe(effective[name]),
    expected: 'no such filter with network-policy: a policy says what is allowed, so it can only cut off everything',
  }));
}

/** `6379,16379`, or as Litmus documents it: `tcp: [6379,16379]`. */
function parseLitmusPorts(value: string): Parsed<Parameters> {
  const match = /^(?:(tcp|udp):\s*)?\[?([\d\s,-]+)\]?$/i.exec(value);
  if (match === null) return bad(value, 'ports of one protocol, for example 6379,16379 or tcp: [6379,16379]');
  const ports: string[] = [];
  for (const part of (match[2] ?? '').split(',')) {
    const parsed = parsePorts(part.trim());
    if (!parsed.ok) return parsed;
    ports.push(parsed.value);
  }
  return good({ ports, ...(match[1] === undefined ? {} : { protocol: match[1].toLowerCase() }) });
}

const declared = networkDeclaration({
  name: 'pod-network-partition',
  aliases: [
    { name: 'network-partition', note: 'Chaos Mesh calls it NetworkChaos with action partition, Litmus pod-network-partition' },
    { name: 'pod_network_outage', note: 'it is the name krkn has for pod-network-partition' },
  ],
  summary: 'Cuts a pod off from others, or from everything.',
  notes: `Between the targets and the hosts, addresses and pods given, or everything; one way or both. Connections stay open and silent, as when a
cable is pulled.

A NetworkPolicy takes part only where something enforces it, which is found out by what runs in the cluster; it cuts off everything, and only
where no other policy allows traffic to the same pods, since policies add up. Otherwise the agent's rules in the pod do it. Cut off from
everything, a pod fails its probes: set \`onRestart\` and the duration with that in mind.`,
  parameters,
  litmus: {
    experiment: 'pod-network-partition',
    defaults: {},
    defaultDurationMs: 30_000,
    env: {
      ...Object.fromEntries(Object.entries(litmusFilter).filter(([name]) => /^DESTINATION_(IPS|HOSTS)$/.test(name))),
      POLICY_TYPES: litmusSets(
        (value) => parseChoice(value, ['all', 'egress', 'ingress']),
        (types) => ({ direction: types === 'all' ? 'both' : types }),
      ),
      POD_SELECTOR: litmusSets(
        (value) =>
          /^[^=,\s]+=[^=,\s]*(,[^=,\s]+=[^=,\s]*)*$/.test(value) ? good(value) : bad(value, 'labels such as app=redis,role=replica'),
        (peers) => ({ peers }),
      ),
      NAMESPACE_SELECTOR: litmusUnsupported(
        [],
        'no value: squall looks for peers in the namespace of the target; give their addresses instead',
      ),
      PORTS: litmusSets(parseLitmusPorts, (given) => given),
    },
  },
  example: `fault: pod-network-partition
target: { count: 1 }
parameters:
  ports: [6379]
duration: 5s`,
  // all is lost, so it is another loss
  kind: 'loss',
  kernel: 'nf_tables',
  does: (_, way) => `drop the packets ${way}`,
  undoes: 'the partition',
});

export const podNetworkPartition: FaultDeclaration = {
  ...declared,
  permissions: [...declared.permissions, ...policyPermissions],
  // From everything: nobody is served. From some: those who choose a primary may be others.
  targetsAwayForMs: (effective, durationMs) => (policyFilters(effective).length === 0 ? durationMs : 0),
};
