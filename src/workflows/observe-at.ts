import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ObserveInput } from '../contracts/activities.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { Observation, ProbeSeries } from '../contracts/evidence.ts';
import type { Served } from '../contracts/served.ts';
import { observing } from './activity-options.ts';
import { observationsAt } from './task-queues.ts';

/**
 * An observation by whoever serves the cluster it is about, and, of probes that look into a cluster which others serve, by those
 * meanwhile.
 */
export function observeAt(input: ObserveInput, summary: string, served: Served): Promise<Observation> {
  const home = input.campaign.target.cluster;
  const [own, ...others] = probesBySite(input.probes, home, served);
  const atHome = () =>
    observing.observe.executeWithOptions({ summary, ...observationsAt(home, served) }, [{ ...input, probes: own.probes }]);
  if (others.length === 0) return atHome();
  return CancellationScope.cancellable(async () => {
    const all = CancellationScope.current();
    const beside = new CancellationScope();
    const elsewhere = beside.run(() =>
      Promise.all(others.map(({ cluster, probes }) => observeBeside({ ...input, probes }, cluster, summary, served))),
    );
    try {
      const main = atHome().finally(() => {
        // An end that is not known beforehand is known here alone.
        if (input.recovery !== null || input.fault !== null) beside.cancel();
      });
      const [observed, more] = await Promise.all([main, elsewhere]);
      const after = input.recovery === null ? [] : await Promise.all(others.map((one) => sampleAfter(input, one, summary, served)));
      return { ...observed, series: inOrder(input.probes, [...observed.series, ...more.flat(), ...after.flat()]) };
    } catch (error) {
      all.cancel();
      throw error;
    }
  });
}

interface SiteProbes {
  /** one of those that are looked at there */
  cluster: string;
  probes: ProbeSpec[];
}

/** Those of the observation's own site first. */
export function probesBySite(probes: readonly ProbeSpec[], home: string, { ownWorkers = [] }: Served): [SiteProbes, ...SiteProbes[]] {
  const siteOf = (cluster: string) => (ownWorkers.includes(cluster) ? cluster : '');
  const sites = new Map<string, SiteProbes>();
  for (const probe of probes) {
    const cluster = probe.place?.cluster ?? home;
    const site = sites.get(siteOf(cluster)) ?? { cluster, probes: [] };
    site.probes.push(probe);
    sites.set(siteOf(cluster), site);
  }
  const own = sites.get(siteOf(home)) ?? { cluster: home, probes: [] };
  return [own, ...[...sites].filter(([site]) => site !== siteOf(home)).map(([, of]) => of)];
}

async function observeBeside(input: ObserveInput, cluster: string, summary: string, served: Served): Promise<ProbeSeries[]> {
  const probes = input.probes.filter(({ when }) => when !== 'after');
  if (probes.length === 0) return [];
  const { recordSince: _, ...rest } = input;
  const recovery = input.recovery && { ...input.recovery, elsewhere: true as const };
  try {
    const options = { summary: `${summary}, from ${cluster}`, ...observationsAt(cluster, served) };
    return (await observing.observe.executeWithOptions(options, [{ ...rest, probes, recovery, fault: null }])).series;
  } catch (error) {
    // It ended before anybody had taken it up.
    if (isCancellation(error)) return [];
    throw error;
  }
}

/** What is measured once, when all else is over. */
async function sampleAfter(input: ObserveInput, { cluster, probes }: SiteProbes, summary: string, served: Served): Promise<ProbeSeries[]> {
  const after = probes.filter(({ when }) => when === 'after');
  if (after.length === 0) return [];
  const { recordSince: _, ...rest } = input;
  const now = Date.now();
  const options = { summary: `${summary}, from ${cluster}`, ...observationsAt(cluster, served) };
  const once = { ...rest, probes: after, until: now, recovery: { timeoutAt: now, elsewhere: true as const }, fault: null };
  return (await observing.observe.executeWithOptions(options, [once])).series;
}

function inOrder(probes: readonly ProbeSpec[], series: readonly ProbeSeries[]): ProbeSeries[] {
  return probes.map(
    ({ name, type }) => series.find((one) => one.name === name) ?? { name, type, unit: '', reach: '', samples: [], detail: {} },
  );
}
