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
  /** whence it is measured, and how */
  from: string;
  /** when a sample has not satisfied */
  fails: string;
  /** one of a hypothesis, in YAML */
  example: string;
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
    from: 'the worker: it asks Sentinels and every redis of the workload each 100 ms from the injection on, directly or through the API server',
    fails:
      'no new primary took a write, as the Sentinels and every replica that answers see it, before recoveryTimeout; or later than the tolerance',
    example: 'type: redis-leader-election\ntolerance: <= 30s',
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
    from: 'the worker, by a SET on the primary of a key of its own that expires after 60 s, on a connection that is kept open; making it is not counted',
    fails:
      'the primary does not acknowledge within the timeout, there is none, or there are two; or the write took longer than the tolerance',
    example: 'type: redis-write-latency\nwhen: continuous\ntolerance: <= 250ms\nsuccessPercent: 99%',
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
    from: 'the worker, by INFO replication of every redis and by every Sentinel',
    fails:
      'there is no primary or more than one, a replica follows another or its link is down, fewer Sentinels than a quorum answer, or one of them names another primary',
    example: 'type: redis-replication\nwhen: after',
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
    from: 'the API server: pods and what their workload wants',
    fails: 'fewer or more pods are there than the workload wants, one is not Ready, or one is terminating',
    example: 'type: pods-ready\nwhen: continuous\nnamespace: shop\nselector: app=cart',
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
    from: 'the worker, by an instant query of the Prometheus at url, else of the one configured for the cluster',
    fails:
      'the query has no data, more than one series or NaN, Prometheus does not answer or reports an error; or the number misses the tolerance',
    example: 'name: few-errors\ntype: prometheus\nquery: sum(rate(http_requests_failed_total[1m]))\ntolerance: <= 5\ninterval: 10s',
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
    from: 'the worker, by a GET that is read to its last byte; redirects are answers, and are not followed. Where it may connect to, the policy says',
    fails:
      'another status comes, no answer comes within the timeout, or the address may not be connected to; or it took longer than the tolerance',
    example:
      'name: shop-answers\ntype: http\nwhen: continuous\nurl: http://shop.default.svc/health\ntolerance: <= 250ms\nsuccessPercent: 95%',
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
    from: 'the worker, the look-up of the name included. Where it may connect to, the policy says',
    fails: 'no connection is made within the timeout, or the address may not be connected to; or it took longer than the tolerance',
    example: 'name: redis-listens\ntype: tcp\nhost: redis.default.svc\nport: 6379\ntolerance: succeeds',
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
