import type { z } from 'zod';
import type { Parameters, ProbeSpec } from '../contracts/campaign.ts';
import type { Permission } from '../contracts/plan.ts';
import { field } from './fields.ts';
import { parseInteger, parseText, parseUrl } from './units.ts';

export type When = ProbeSpec['when'];

/** What the language and the plan know of a way to measure. How it measures is elsewhere. */
export interface ProbeType {
  name: string;
  summary: string;
  /** of its samples' values; `none`: a plain number; null: a sample has no value, it succeeds or not */
  unit: 'ms' | 's' | 'none' | null;
  /** the keys of its own, in the document; what they give is the probe's parameters */
  parameters: Record<string, z.ZodType<Parameters[string] | undefined>>;
  /** the first is the default */
  when: readonly [When, ...When[]];
  intervalMs: number;
  timeoutMs: number;
  /** the only pods it can measure */
  application: 'redis' | null;
  /** where else it may look than its experiment: at pods anywhere, by what belongs to a cluster, or nowhere */
  looksAt: 'pods' | 'cluster' | 'nothing else';
  permissions: Permission[];
}

const throughPods: Permission[] = [
  { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
  { apiGroup: '', resource: 'pods', subresource: 'portforward', verbs: ['create', 'get'] },
];
const whileAndAfter = ['during', 'continuous', 'after'] as const;
const afterAndWhile = ['after', 'continuous', 'during'] as const;

/** The catalogue of probes. */
export const probeTypes: readonly ProbeType[] = [
  {
    name: 'redis-leader-election',
    summary: 'from the fault to the first acknowledged write on the new primary, as Sentinel and every replica see it',
    unit: 's',
    parameters: {},
    when: ['recovery'],
    intervalMs: 100,
    timeoutMs: 1000,
    application: 'redis',
    looksAt: 'nothing else',
    permissions: throughPods,
  },
  {
    name: 'redis-write-latency',
    summary: 'how long the primary takes to acknowledge a write',
    unit: 'ms',
    parameters: {},
    when: whileAndAfter,
    intervalMs: 500,
    timeoutMs: 5000,
    application: 'redis',
    looksAt: 'pods',
    permissions: throughPods,
  },
  {
    name: 'redis-replication',
    summary: 'one primary, every replica linked to it, and Sentinel agrees',
    unit: null,
    parameters: {},
    when: afterAndWhile,
    intervalMs: 1000,
    timeoutMs: 5000,
    application: 'redis',
    looksAt: 'pods',
    permissions: throughPods,
  },
  {
    name: 'pods-ready',
    summary: 'every pod of the workload is there and Ready',
    unit: null,
    parameters: {},
    when: afterAndWhile,
    intervalMs: 1000,
    timeoutMs: 5000,
    application: null,
    looksAt: 'pods',
    permissions: [{ apiGroup: '', resource: 'pods', verbs: ['get', 'list'] }],
  },
  {
    name: 'prometheus',
    summary: 'the value of a PromQL query that yields one number',
    unit: 'none',
    parameters: {
      query: field((value) => parseText(value, 'sum(rate(redis_commands_processed_total[1m]))')),
      url: field(parseUrl).optional(),
    },
    when: whileAndAfter,
    intervalMs: 5000,
    timeoutMs: 5000,
    application: null,
    looksAt: 'cluster',
    permissions: [],
  },
  {
    name: 'http',
    summary: 'how long a GET takes that answers with the expected status',
    unit: 'ms',
    parameters: {
      url: field(parseUrl),
      expectedStatus: field((value) => parseInteger(value, { min: 100, max: 599, example: 200 })).default(200),
    },
    when: whileAndAfter,
    intervalMs: 1000,
    timeoutMs: 5000,
    application: null,
    looksAt: 'nothing else',
    permissions: [],
  },
  {
    name: 'tcp',
    summary: 'how long a TCP connection takes to be made',
    unit: 'ms',
    parameters: {
      host: field((value) => parseText(value, 'redis.default.svc')),
      port: field((value) => parseInteger(value, { min: 1, max: 65_535, example: 6379 })),
    },
    when: whileAndAfter,
    intervalMs: 1000,
    timeoutMs: 5000,
    application: null,
    looksAt: 'nothing else',
    permissions: [],
  },
];

export const probeTypeNames: readonly string[] = probeTypes.map(({ name }) => name);

export function findProbeType(name: unknown): ProbeType | undefined {
  return probeTypes.find((type) => type.name === name);
}
