import { z } from 'zod';
import { isRecord } from '../campaign/document.ts';
import { checkedMapping, field, mapping, optional, parsePart, raise } from '../campaign/fields.ts';
import { bad, describe, good, type Parsed, parseBoolean, parseChoice, parseText, parseUrl } from '../campaign/units.ts';
import { type FileProblem, parseYaml, placed, readFileBy } from '../configuration-file.ts';
import type { ClusterSource } from './load-kubeconfig.ts';

/** A cluster as it is configured: the way to it, and what is different there. */
export interface ClusterConfig {
  /** null: only its own workers have one */
  source: ClusterSource | null;
  /** workers of its own do whatever is done in it; absent: those of all clusters do */
  ownWorkers?: true;
  /** these replace what is configured for all clusters */
  prometheusUrl?: string;
  agentImage?: string;
  reach?: 'auto' | 'direct' | 'port-forward';
}

export type ReadClusters = { ok: true; clusters: Record<string, ClusterConfig> } | { ok: false; problems: FileProblem[] };

const clusterName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export function isClusterName(text: string): boolean {
  return clusterName.test(text);
}

const cluster = checkedMapping(
  {
    context: field((value) => parseText(value, 'prod-west')).optional(),
    kubeconfig: field(parsePath).optional(),
    inCluster: field(parseBoolean).optional(),
    workers: field((value) => parseChoice(value, ['own'])).optional(),
    prometheusUrl: field(parseUrl).optional(),
    agentImage: field(parseImage).optional(),
    reach: field((value) => parseChoice(value, ['auto', 'direct', 'port-forward'])).optional(),
  },
  (given, context) => {
    const { inCluster } = given;
    const isThere = (key: 'context' | 'kubeconfig') => key in given && given[key] !== undefined;
    const wrong = (['context', 'kubeconfig', 'inCluster', 'workers'] as const).some((key) => !(key in given));
    if (inCluster === false) raise(context, ['inCluster'], 'false', 'true, or no such key');
    if (inCluster === true && (isThere('context') || isThere('kubeconfig'))) {
      raise(context, ['inCluster'], 'inCluster beside context or kubeconfig', 'one way to the cluster');
    }
    if (!wrong && inCluster === undefined && given.workers === undefined && !isThere('context') && !isThere('kubeconfig')) {
      raise(context, [], 'no way to the cluster', 'context: a name, kubeconfig: a path, inCluster: true, or workers: own');
    }
  },
).transform(
  ({ context, kubeconfig, inCluster, workers, prometheusUrl, ...others }): ClusterConfig => ({
    source:
      (context ?? kubeconfig ?? inCluster) === undefined && workers !== undefined ? null : optional({ context, kubeconfig, inCluster }),
    ...(workers !== undefined && { ownWorkers: true }),
    ...optional({ ...others, prometheusUrl: prometheusUrl?.replace(/\/+$/, '') }),
  }),
);

const clustersFile = mapping({
  clusters: z.unknown().transform((written, context): Record<string, ClusterConfig> => {
    const clusters = new Map<string, ClusterConfig>();
    if (!isRecord(written) || Object.keys(written).length === 0)
      raise(context, [], describe(written), 'a mapping of clusters by their names');
    for (const [name, value] of isRecord(written) ? Object.entries(written) : []) {
      if (!clusterName.test(name)) raise(context, [name], `the name ${describe(name)}`, 'a name of lower case letters, digits and dashes');
      const parsed = parsePart(cluster, value, context, [name]);
      if (parsed !== undefined) clusters.set(name, parsed);
    }
    return Object.fromEntries(clusters);
  }),
});

/** Reads a file of clusters: every mistake with its place, what was found and what was expected. A file that cannot be read is one, too. */
export function readClustersFile(path: string): ReadClusters {
  return readFileBy(path, parseClusters);
}

export function parseClusters(text: string, fileName: string): ReadClusters {
  const parsed = parseYaml(clustersFile, text, fileName);
  return parsed.ok ? { ok: true, clusters: parsed.value.clusters } : placed(parsed.problems, fileName);
}

function parsePath(value: unknown): Parsed<string> {
  const expected = 'the absolute path of a kubeconfig, for example /etc/squall/clusters/west/kubeconfig';
  return typeof value === 'string' && value.startsWith('/') ? good(value) : bad(value, expected);
}

function parseImage(value: unknown): Parsed<string> {
  return typeof value === 'string' && /^\S+$/.test(value) ? good(value) : bad(value, 'an image reference');
}
