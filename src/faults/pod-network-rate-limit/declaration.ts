import { bad, good, type Parsed } from '../../campaign/units.ts';
import { litmusSets, litmusUnsupported } from '../definition.ts';
import { directionParameter, filterConflicts, filterContradictions, filterParameters } from '../network/filter-parameters.ts';
import { litmusFilter, reviewFilter } from '../network/litmus-filter.ts';
import { networkDeclaration } from '../network/network-declaration.ts';
import { bandwidthParameter, bytesParameter, parseBandwidth } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const leastRate = 1_000;
const mostRate = 32_000_000_000;
const leastBytes = 1_600;
const mostBytes = 2 ** 30;

const parameters = parameterTable(
  {
    bandwidth: bandwidthParameter({
      sets: 'rateBitsPerSecond',
      default: '1mbit',
      example: '10mbit',
      description: 'all these packets together',
    }),
    burst: bytesParameter({
      sets: 'burstBytes',
      min: leastBytes,
      default: '32Ki',
      description: 'may pass at once when there was less before',
    }),
    limit: bytesParameter({
      sets: 'limitBytes',
      min: leastBytes,
      default: '2Mi',
      description: 'may wait for their turn; what finds no room is dropped',
    }),
    direction: directionParameter('egress'),
    ...filterParameters,
  },
  {
    conflicts: (effective) => [
      ...outside('bandwidth', Number(effective.rateBitsPerSecond), leastRate, mostRate, 'bits per second'),
      ...outside('burst', Number(effective.burstBytes), leastBytes, mostBytes, 'bytes'),
      ...outside('limit', Number(effective.limitBytes), leastBytes, mostBytes, 'bytes'),
      ...filterConflicts(effective),
    ],
    contradictions: [{ bandwidth: '64gbit' }, { bandwidth: '8bit' }, { burst: '2Gi' }, ...filterContradictions],
  },
);

function outside(name: string, value: number, least: number, most: number, unit: string) {
  return value >= least && value <= most ? [] : [{ name, found: `${value} ${unit}`, expected: `${least} to ${most} ${unit}` }];
}

/** A size as tc writes it, where `32kb` is 32 times 1024 bytes (tc(8)). */
function parseTcSize(value: string): Parsed<number> {
  const units: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, kb: 2 ** 10, m: 2 ** 20, mb: 2 ** 20, g: 2 ** 30, gb: 2 ** 30 };
  const match = /^(\d+)([a-z]*)$/i.exec(value);
  const bytes = Number(match?.[1]) * (units[(match?.[2] ?? '-').toLowerCase()] ?? Number.NaN);
  const fits = Number.isSafeInteger(bytes) && bytes >= leastBytes && bytes <= mostBytes;
  return fits ? good(bytes) : bad(value, `a size of at least ${leastBytes} bytes with b, kb, mb or gb, for example 32kb`);
}

const oneBucket = 'no value: squall has one bucket, as tbf has without a peak rate';

export const podNetworkRateLimit = networkDeclaration({
  name: 'pod-network-rate-limit',
  aliases: [{ name: 'network-bandwidth', note: 'Chaos Mesh calls it NetworkChaos with action bandwidth, Litmus pod-network-rate-limit' }],
  summary: "Limits the bandwidth of a pod's packets.",
  notes: `A token bucket, as tbf is: packets go on at the bandwidth, in order; what the burst holds may go at once. As tc has it, \`1mbit\` are bits
and \`1mbps\` bytes a second.`,
  parameters,
  litmus: {
    experiment: 'pod-network-rate-limit',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      NETWORK_BANDWIDTH: litmusSets(parseBandwidth, (rateBitsPerSecond) => ({ rateBitsPerSecond })),
      BURST: litmusSets(parseTcSize, (burstBytes) => ({ burstBytes })),
      LIMIT: litmusSets(parseTcSize, (limitBytes) => ({ limitBytes })),
      MIN_BURST: litmusUnsupported([], oneBucket),
      PEAK_RATE: litmusUnsupported([], oneBucket),
      ...litmusFilter,
    },
    review: reviewFilter,
  },
  example: `fault: pod-network-rate-limit
target: { count: 1 }
parameters:
  bandwidth: 1mbit
duration: 5s`,
  kind: 'rate',
  kernel: 'tbf',
  does: ({ rateBitsPerSecond }, way) => `limit the packets ${way} to ${Number(rateBitsPerSecond) / 1000} kbit/s together`,
  undoes: 'the limit',
});
