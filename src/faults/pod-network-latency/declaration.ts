import { checkedMapping, field, raise } from '../../campaign/fields.ts';
import { bad, describe, formatDuration, good, type Parsed, parseDuration } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusSets, litmusUnsupported, swallowedByLitmus } from '../definition.ts';

const maxLatencyMs = 60_000;
const parseLatency = (value: unknown) => parseDuration(value, { minMs: 1, maxMs: maxLatencyMs });
const parseJitter = (value: unknown) => parseDuration(value, { maxMs: maxLatencyMs });
const parseLitmusLatency = (value: string) => parseDuration(value, { bareUnit: 'ms', minMs: 1, maxMs: maxLatencyMs });
const parseLitmusJitter = (value: string) => parseDuration(value, { bareUnit: 'ms', maxMs: maxLatencyMs });

/** `latencyMs` is added to every packet that leaves the pod, varied by up to `jitterMs` both ways. */
const parameters = checkedMapping(
  {
    latency: field(parseLatency).default(2000),
    jitter: field(parseJitter).default(0),
    interface: field(parseInterface).default('eth0'),
  },
  ({ latency, jitter }, context) => {
    if (latency === undefined || jitter === undefined || jitter <= latency) return;
    raise(context, ['jitter'], formatDuration(jitter), `at most the latency, ${formatDuration(latency)}`);
  },
).transform(({ latency, jitter, interface: device }): Parameters => ({ latencyMs: latency, jitterMs: jitter, interface: device }));

const everywhere = 'no value: squall delays all traffic that leaves the pod; narrow the target by names, role or selector';

export const podNetworkLatency: FaultDeclaration = {
  name: 'pod-network-latency',
  aliases: [
    {
      name: 'network-latency',
      note: 'Litmus has no experiment network-latency and would have run nothing',
      // its authors write "between pods"
      litmusTargets: 'all',
    },
  ],
  summary: 'Delays the packets that leave a pod.',
  parameters,
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
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
    review({ env, parameters: { latencyMs, jitterMs } }) {
      if (Number(jitterMs) <= Number(latencyMs)) return [];
      return [
        { kind: 'problem', variable: 'JITTER', found: describe(env.get('JITTER')), expected: `at most the latency, ${latencyMs} ms` },
      ];
    },
  },
  describeInject({ parameters: { latencyMs, jitterMs, interface: device }, durationMs, pods }) {
    const jitter = jitterMs === 0 ? '' : ` ± ${jitterMs} ms`;
    return `delay packets leaving ${pods.join(', ')} by ${device} by ${latencyMs} ms${jitter} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ pods }) => `remove the delay in ${pods.join(', ')} and see that no rule of it is left`,
};

/** A Linux network device's name. */
function parseInterface(value: unknown): Parsed<string> {
  if (typeof value === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/.test(value)) return good(value);
  return bad(value, 'the name of a network interface, for example eth0');
}
