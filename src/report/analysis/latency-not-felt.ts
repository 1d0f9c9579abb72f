import type { ProbeReport } from '../../contracts/report.ts';
import { formatNumber } from '../format.ts';
import { type Conclusion, nothing, type RuleInput } from './rule.ts';

/** A port-forward enters the pod by its loopback, where the delay on the pod's interface is not felt. */
export function latencyNotFelt({ experiment }: RuleInput): Conclusion {
  const latencyMs = experiment.parameters.latencyMs;
  if (experiment.fault !== 'pod-network-latency' || typeof latencyMs !== 'number') return nothing;
  const timed = experiment.probes.flatMap((probe) => {
    const p50Ms = medianMs(probe);
    return p50Ms === null ? [] : [{ probe, p50Ms }];
  });
  if (timed.length === 0) return nothing;
  const blind = timed.filter(({ probe, p50Ms }) => probe.reach.includes('port-forward') && p50Ms < latencyMs);
  if (blind.length === 0) {
    const felt = timed.filter(({ p50Ms }) => p50Ms >= latencyMs).map(({ probe }) => probe.name);
    return felt.length === 0 ? nothing : { findings: [], ruledOut: `${felt.join(', ')} felt the ${latencyMs} ms of latency` };
  }
  return {
    findings: [
      {
        rule: 'latency-not-felt',
        severity: 'warning',
        title: `${experiment.name}: ${blind.map(({ probe }) => probe.name).join(', ')} measured past the latency`,
        evidence: blind.map(
          ({ probe, p50Ms }) =>
            `${probe.name} reached the pod by ${probe.reach} and measured a p50 of ${formatNumber(p50Ms)} ms under ${latencyMs} ms of latency`,
        ),
        fix: 'Run the worker where it reaches the addresses of pods directly, for example in the cluster, so that the probe takes the way clients take.',
      },
    ],
    ruledOut: null,
  };
}

function medianMs(probe: ProbeReport): number | null {
  if (probe.p50 === null) return null;
  if (probe.unit === 'ms') return probe.p50;
  return probe.unit === 's' ? probe.p50 * 1000 : null;
}
