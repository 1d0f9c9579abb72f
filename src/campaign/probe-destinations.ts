import type { Campaign, ProbeSpec } from '../contracts/campaign.ts';
import type { PlannedExperiment, Refusal } from '../contracts/plan.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import { defaultEgress, EgressRefused, refuseHost } from '../security/egress.ts';

/** Probes whose address is one that the service does not connect to; what only a name's addresses tell is found when they are asked. */
export function probeDestinationRefusals(
  { stopConditions = [] }: Pick<Campaign, 'stopConditions'>,
  experiments: readonly PlannedExperiment[],
  { egress = defaultEgress }: Pick<ClusterPolicy, 'egress'>,
): Refusal[] {
  const ofExperiments = experiments.flatMap(({ spec, hypothesis }) => hypothesis.map((probe) => ({ subject: spec.name, probe })));
  const watched = stopConditions.flatMap((condition) =>
    'probe' in condition ? [{ subject: condition.name, probe: condition.probe }] : [],
  );
  return [...ofExperiments, ...watched].flatMap(({ subject, probe }) => {
    const host = hostOf(probe);
    if (host === undefined) return [];
    try {
      refuseHost(host, egress);
      return [];
    } catch (error) {
      if (!(error instanceof EgressRefused)) throw error;
      return [{ code: 'probe-forbidden', subject, message: `probe ${probe.name}: ${error.message}` }];
    }
  });
}

function hostOf({ parameters: { url, host } }: ProbeSpec): string | undefined {
  if (typeof url === 'string' && URL.canParse(url)) return new URL(url).hostname.replace(/^\[|\]$/g, '');
  return typeof host === 'string' ? host : undefined;
}
