/** By whom clusters are served. */
export interface Served {
  /** the clusters of these that have workers of their own; absent: none */
  ownWorkers?: readonly string[];
}

/** A campaign whose plan others make: the clusters it names. */
export interface Elsewhere {
  elsewhere: { clusters: string[]; ownWorkers: string[] };
}

/** The clusters by who serves them: those of all in common, first, then each that has workers of its own. */
export function sitesOf(clusters: readonly string[], { ownWorkers = [] }: Served): string[][] {
  const common = clusters.filter((cluster) => !ownWorkers.includes(cluster));
  const own = clusters.filter((cluster) => ownWorkers.includes(cluster)).map((cluster) => [cluster]);
  return common.length === 0 ? own : [common, ...own];
}
