import { z } from 'zod';
import { isRecord } from '../campaign/document.ts';
import { field, mapping, optional, parsePart, raise } from '../campaign/fields.ts';
import { oneOf } from '../campaign/suggest.ts';
import { bad, describe, good, type Parsed, parseBoolean, parseChoice, parseInteger, parseList, parsePercent } from '../campaign/units.ts';
import { type FileProblem, parseYaml, placed, readFileBy } from '../configuration-file.ts';
import type { HoldLimits } from '../contracts/arbiter.ts';
import { defaultEgress, isDestination } from '../security/egress.ts';
import { type ClusterPolicy, defaultClusterPolicy } from './cluster-policy.ts';

/** The policy of each cluster. */
export interface ServicePolicy {
  /** by the name campaigns use */
  of(cluster: string): ClusterPolicy;
}

export interface PolicyContext {
  /** the names of the configured clusters */
  clusters: readonly string[];
  /** squall's own namespace, protected by default; absent: `squall` */
  ownNamespace?: string;
}

export type ReadPolicy = { ok: true; policy: ServicePolicy } | { ok: false; problems: FileProblem[] };

const count = field((value) => parseInteger(value, { min: 1, example: 10 }));

const clusterPolicy = mapping({
  maxRuns: count.optional(),
  maxPods: mapping({
    workload: field(parsePodsOfWorkload).optional(),
    namespace: count.optional(),
    zone: count.optional(),
  }).optional(),
  protectedNamespaces: field(parsePatterns).optional(),
  protectedNames: field(parsePatterns).optional(),
  requireOptIn: field(parseBoolean).optional(),
  lastReady: field((value) => parseChoice(value, ['never', 'campaign', 'always'])).optional(),
  probes: mapping({ allow: field(parseDestinations).optional(), loopback: field(parseBoolean).optional() }).optional(),
});

type WrittenPolicy = z.output<typeof clusterPolicy>;

/** @param clusters the configured ones: a policy for another would protect nothing */
function policyFile(clusters: readonly string[]) {
  return mapping({
    default: clusterPolicy.prefault({}),
    clusters: z
      .unknown()
      .transform((written, context): Map<string, WrittenPolicy> => {
        const policies = new Map<string, WrittenPolicy>();
        if (!isRecord(written)) raise(context, [], describe(written), 'a mapping of policies by the names of clusters');
        for (const [name, policy] of isRecord(written) ? Object.entries(written) : []) {
          if (!clusters.includes(name)) raise(context, [name], `the cluster ${describe(name)}`, oneOf(clusters, name));
          const parsed = parsePart(clusterPolicy, policy, context, [name]);
          if (parsed !== undefined) policies.set(name, parsed);
        }
        return policies;
      })
      .prefault({}),
  });
}

/** Where there is no policy file. @param ownNamespace squall's own, protected by default */
export function openPolicy(ownNamespace?: string): ServicePolicy {
  return { of: () => defaultClusterPolicy(ownNamespace) };
}

/** Reads a policy file's text: every mistake with its place, what was found and what was expected. */
export function parsePolicy(text: string, fileName: string, { clusters, ownNamespace }: PolicyContext): ReadPolicy {
  const parsed = parseYaml(policyFile(clusters), text, fileName);
  if (!parsed.ok) return placed(parsed.problems, fileName);
  const { default: general, clusters: ofClusters } = parsed.value;
  const base = withWritten(defaultClusterPolicy(ownNamespace), general);
  return { ok: true, policy: { of: (cluster) => withWritten(base, ofClusters.get(cluster) ?? {}) } };
}

/** Reads a policy file. A file that cannot be read is a problem, too. */
export function readPolicyFile(path: string, context: PolicyContext): ReadPolicy {
  return readFileBy(path, (text) => parsePolicy(text, path, context));
}

/** What is written replaces what would hold without it, key by key. */
function withWritten(base: ClusterPolicy, written: WrittenPolicy): ClusterPolicy {
  const { maxRuns, maxPods, probes, ...others } = written;
  const limits = optional({
    runs: maxRuns,
    podsOfWorkload: maxPods?.workload,
    podsOfNamespace: maxPods?.namespace,
    podsOfZone: maxPods?.zone,
  });
  const { egress = defaultEgress } = base;
  return {
    ...base,
    ...optional(others),
    limits: { ...base.limits, ...limits },
    ...(probes !== undefined && { egress: { ...egress, ...optional(probes) } }),
  };
}

function parsePodsOfWorkload(value: unknown): Parsed<NonNullable<HoldLimits['podsOfWorkload']>> {
  const percent = typeof value === 'string' && value.endsWith('%') ? parsePercent(value) : undefined;
  if (percent?.ok && percent.value > 0) return good({ percent: percent.value });
  const pods = parseInteger(value, { min: 1 });
  return pods.ok ? good({ count: pods.value }) : bad(value, 'a number of pods of at least 1, or a share of them, for example 2 or 50%');
}

function parseDestinations(value: unknown): Parsed<string[]> {
  if (Array.isArray(value) && value.length === 0) return good([]);
  const list = parseList(value, '*.shop.svc');
  if (list.ok && list.value.every(isDestination)) return list;
  return bad(value, 'names, in which * stands for any text, addresses and ranges, for example ["*.shop.svc", "10.0.0.0/8"]');
}

function parsePatterns(value: unknown): Parsed<string[]> {
  const expected = 'names, in which * stands for any text, for example [kube-*, vault]';
  if (Array.isArray(value) && value.length === 0) return good([]);
  const list = parseList(value, 'kube-*');
  return list.ok && list.value.every((name) => /^[A-Za-z0-9*._:-]+$/.test(name)) ? list : bad(value, expected);
}
