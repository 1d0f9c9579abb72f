import type { ClusterRecord } from '../../contracts/cluster-record.ts';
import type { ExperimentReport, ProbeReport } from '../../contracts/report.ts';

/** An election that was judged, in seconds since the fault was injected; null: not seen. */
export interface Election {
  probe: ProbeReport;
  /** what it was to take at most */
  limit: number;
  /** over its limit, or never completed */
  slow: boolean;
  switched: number | null;
  firstWrite: number | null;
  agreed: number | null;
  oldPrimary: string | null;
}

export function electionsOf({ probes }: ExperimentReport): Election[] {
  return probes.flatMap((probe) => {
    const limit = probe.tolerance?.value;
    if (probe.type !== 'redis-leader-election' || probe.samples.length === 0 || limit === undefined) return [];
    const { oldPrimary } = probe.detail;
    return [
      {
        probe,
        limit,
        slow: probe.verdict === 'Failed',
        switched: seconds(probe, 'sentinelSwitchedSeconds'),
        firstWrite: seconds(probe, 'firstWriteSeconds'),
        agreed: seconds(probe, 'agreedSeconds'),
        oldPrimary: typeof oldPrimary === 'string' ? oldPrimary : null,
      },
    ];
  });
}

/** The first that was over its limit; undefined: none was. */
export function slowElectionOf(experiment: ExperimentReport): Election | undefined {
  return electionsOf(experiment).find(({ slow }) => slow);
}

function seconds({ detail }: ProbeReport, key: string): number | null {
  const value = detail[key];
  return typeof value === 'number' ? value : null;
}

/** What Sentinels wrote that begins with one of these. */
export function sentinelLines(record: ClusterRecord | undefined, ...beginnings: string[]): { at: string; pod: string; line: string }[] {
  return (record?.redis?.log ?? []).filter(({ line }) => beginnings.some((beginning) => line.startsWith(beginning)));
}
