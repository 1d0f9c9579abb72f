import type { ProbeReport } from '../../contracts/report.ts';
import { formatNumber } from '../format.ts';
import { percentile } from '../statistics.ts';
import { nothing, type Rule } from './rule.ts';

/** A port-forward enters the pod by its loopback, where the delay on the pod's interface is not felt. */
export const latencyNotFelt: Rule = {
  name: 'latency-not-felt',
  looksAt: 'how probes reached the pods, and what they measured while a latency held',
  finds: 'A probe by port-forward measured past the latency.',
  fix: 'Where to run the worker.',
  conclude({ evidence, experiment }) {
    const latencyMs = experiment.parameters.latencyMs;
    const { injected, reverted } = evidence;
    if (experiment.fault !== 'pod-network-latency' || typeof latencyMs !== 'number' || injected === null || reverted === null)
      return nothing;
    const held = { from: injected.injectedAt, to: Math.min(evidence.endsAt, reverted.revertedAt) };
    const timed = experiment.probes.flatMap((probe) => {
      const p50Ms = medianMs(probe, held);
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
  },
};

/** Of what was measured while the fault held: before and after it there is no latency to feel. */
function medianMs(probe: ProbeReport, held: { from: number; to: number }): number | null {
  const values = probe.samples.flatMap(({ at, value }) => (value !== undefined && at >= held.from && at <= held.to ? [value] : []));
  const p50 = percentile(values, 50);
  if (p50 === null) return null;
  if (probe.unit === 'ms') return p50;
  return probe.unit === 's' ? p50 * 1000 : null;
}
