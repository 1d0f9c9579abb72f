import { bad, formatDuration, good, type Parsed, parseDuration } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusSets, litmusUnsupported, swallowedByLitmus } from '../definition.ts';
import { durationParameter, textParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const maxLatencyMs = 60_000;
const devicePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/;
const parseLitmusLatency = (value: string) => parseDuration(value, { bareUnit: 'ms', minMs: 1, maxMs: maxLatencyMs });
const parseLitmusJitter = (value: string) => parseDuration(value, { bareUnit: 'ms', maxMs: maxLatencyMs });

const parameters = parameterTable(
  {
    latency: durationParameter({
      sets: 'latencyMs',
      minMs: 1,
      maxMs: maxLatencyMs,
      default: '2s',
      description: 'added to every packet that leaves the pod',
    }),
    jitter: durationParameter({
      sets: 'jitterMs',
      maxMs: maxLatencyMs,
      default: '0ms',
      example: '100ms',
      description: 'by how much the latency varies, both ways',
    }),
    interface: textParameter({
      sets: 'interface',
      pattern: devicePattern,
      expected: 'the name of a network interface, for example eth0',
      default: 'eth0',
      example: 'eth0',
      description: 'the network device of the pod',
    }),
  },
  {
    conflicts: ({ latencyMs, jitterMs }) =>
      Number(jitterMs) <= Number(latencyMs)
        ? []
        : [
            {
              name: 'jitter',
              found: formatDuration(Number(jitterMs)),
              expected: `at most the latency, ${formatDuration(Number(latencyMs))}`,
            },
          ],
    contradictions: [{ latency: '100ms', jitter: '200ms' }],
  },
);

const everywhere = 'no value: squall delays all traffic that leaves the pod; narrow the target by names, role or selector';

export const podNetworkLatency: FaultDeclaration = {
  name: 'pod-network-latency',
  family: 'network',
  aliases: [
    {
      name: 'network-latency',
      note: 'Litmus has no experiment network-latency and would have run nothing',
      // its authors write "between pods"
      litmusTargets: 'all',
    },
  ],
  summary: 'Delays the packets that leave a pod.',
  notes: '',
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'netem in the kernel, or NFQUEUE',
  exclusive: () => ['network-latency'],
  litmus: {
    experiment: 'pod-network-latency',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      NETWORK_LATENCY: litmusSets(parseLitmusLatency, (latencyMs) => ({ latencyMs }), swallowedByLitmus('would have added 0 ms')),
      LATENCY: {
        ...litmusSets(parseLitmusLatency, (latencyMs) => ({ latencyMs })),
        aliasOf: 'NETWORK_LATENCY',
        aliasNote: 'Litmus reads LATENCY only in pod-http-latency and would have added its default of 2000 ms',
      },
      JITTER: litmusSets(parseLitmusJitter, (jitterMs) => ({ jitterMs }), swallowedByLitmus('would have used a jitter of 0 ms')),
      NETWORK_INTERFACE: litmusSets(parseInterface, (device) => ({ interface: device })),
      DESTINATION_IPS: litmusUnsupported([], everywhere),
      DESTINATION_HOSTS: litmusUnsupported([], everywhere),
      SOURCE_PORTS: litmusUnsupported([], everywhere),
      DESTINATION_PORTS: litmusUnsupported([], everywhere),
      CORRELATION: litmusUnsupported(['0'], '0: squall varies each delay on its own'),
    },
  },
  example: `fault: pod-network-latency
target: { count: 1 }
parameters:
  latency: 200ms
  jitter: 20ms
duration: 5s`,
  describeInject({ parameters: { latencyMs, jitterMs, interface: device }, durationMs, targets }) {
    const jitter = jitterMs === 0 ? '' : ` ± ${jitterMs} ms`;
    return `delay packets leaving ${targets.join(', ')} by ${device} by ${latencyMs} ms${jitter} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `remove the delay in ${targets.join(', ')} and see that no rule of it is left`,
};

/** A Linux network device's name. */
function parseInterface(value: unknown): Parsed<string> {
  if (typeof value === 'string' && devicePattern.test(value)) return good(value);
  return bad(value, 'the name of a network interface, for example eth0');
}
