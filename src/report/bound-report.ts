import type { ExperimentReport, Report, StepProof } from '../contracts/report.ts';

/** Temporal takes no payload above 2 MiB, and a report is one; encrypted it is a little larger. */
const mostBytes = 1_500_000;

/**
 * The report as it is, or, of a campaign of very many experiments, without what it can be understood without, least needed first: how
 * each step was seen, the events of the cluster, the document. What was left out is counted.
 */
export function boundReport(report: Report): Report {
  const reductions: ((report: Report) => Report)[] = [withoutProofs, withoutEvents, withoutDocument];
  return reductions.reduce((reduced, reduce) => (sizeOf(reduced) <= mostBytes ? reduced : reduce(reduced)), report);
}

function sizeOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}

function withoutProofs(report: Report): Report {
  const bare = ({ targets, leftOut }: StepProof): StepProof => ({ targets: [], leftOut: leftOut + targets.length });
  return {
    ...report,
    experiments: report.experiments.map(({ proofs, ...rest }): ExperimentReport => {
      if (proofs === undefined) return rest;
      const { injected, verified, undone, confirmed } = proofs;
      return {
        ...rest,
        proofs: {
          ...(injected && { injected: bare(injected) }),
          ...(verified && { verified: bare(verified) }),
          ...(undone && { undone: bare(undone) }),
          ...(confirmed && { confirmed: bare(confirmed) }),
        },
      };
    }),
  };
}

function withoutEvents(report: Report): Report {
  return {
    ...report,
    experiments: report.experiments.map((experiment): ExperimentReport => {
      const { clusterEvents, clusterEventsLeftOut = 0 } = experiment;
      if (clusterEvents === undefined || clusterEvents.length === 0) return experiment;
      return { ...experiment, clusterEvents: [], clusterEventsLeftOut: clusterEventsLeftOut + clusterEvents.length };
    }),
  };
}

function withoutDocument({ document: _, ...report }: Report): Report {
  return report;
}
