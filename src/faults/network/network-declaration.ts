import { formatDuration } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';
import { percentParameter } from '../parameters/parameter.ts';
import { describeWay, exclusiveNetwork } from './network-request.ts';

/** What the faults that do something to a pod's packets have in common. */
export function networkDeclaration(
  own: Pick<FaultDeclaration, 'name' | 'aliases' | 'summary' | 'notes' | 'parameters' | 'litmus' | 'example'> & {
    /** what it alone may do to the packets of an interface: `loss` */
    kind: string;
    /** what is done to the packets that go that way: `lose 20 % of the packets ${way}`; and what of it is removed: `the loss` */
    does: (parameters: Parameters, way: string) => string;
    undoes: string;
    /** how the kernel can do it by itself */
    kernel: string;
  },
): FaultDeclaration {
  const { kind, does, undoes, kernel, notes, ...declared } = own;
  return {
    ...declared,
    family: 'network',
    notes: [notes, filterNotes].filter((part) => part !== '').join('\n\n'),
    targets: 'pods',
    defaultDurationMs: 60_000,
    holds: true,
    needsContainer: false,
    roles: ['redis-primary', 'redis-replica'],
    permissions: carrierPermissions,
    needs: `${kernel} in the kernel, or NFQUEUE`,
    exclusive: exclusiveNetwork(kind),
    describeInject: ({ parameters, durationMs, targets }) =>
      `${does(parameters, describeWay(parameters, targets))} for ${formatDuration(durationMs)}`,
    describeUndo: ({ targets }) => `remove ${undoes} in ${targets.join(', ')} and see that no rule of it is left`,
  };
}

const filterNotes = `Only packets that fit all of the filters given are touched; without any, all that pass the interface, but ARP and IPv6
neighbour discovery. The other side is the destination of what leaves and the source of what comes in, as it is on the wire: behind a Service
it is the pod. Names and labels are looked up once, when the fault begins.

Other faults on the same interface add up with it: a packet that is for both has both. Two of the same kind on one interface and way are refused.`;

export const correlationParameter = percentParameter({
  sets: 'correlationPercent',
  default: '0%',
  example: '25%',
  description: "how much each packet's luck depends on the last one's, by netem's formula; it makes low shares rarer than asked for",
});
