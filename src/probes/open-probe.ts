import type { ProbeSpec } from '../contracts/campaign.ts';
import { openHttpProbe } from './http.ts';
import { openPodsReadyProbe } from './pods-ready.ts';
import type { OpenProbe, ProbeContext, ProbeExtra } from './probe.ts';
import { openPrometheusProbe } from './prometheus.ts';
import { openLeaderElectionProbe } from './redis/leader-election.ts';
import { openReplicationProbe } from './redis/replication.ts';
import { openWriteLatencyProbe } from './redis/write-latency.ts';
import { openTcpProbe } from './tcp.ts';

/**
 * Readies a probe. It may stay open over many samples; disposing of it closes its connections.
 *
 * @throws Error for an unknown type, and when the context lacks what it needs
 */
export async function openProbe(spec: ProbeSpec, context: ProbeContext, extra: ProbeExtra): Promise<OpenProbe> {
  switch (spec.type) {
    case 'redis-leader-election':
      return openLeaderElectionProbe(spec, context, extra);
    case 'redis-write-latency':
      return openWriteLatencyProbe(spec, context);
    case 'redis-replication':
      return openReplicationProbe(spec, context);
    case 'pods-ready':
      return openPodsReadyProbe(spec, context);
    case 'prometheus':
      return openPrometheusProbe(spec, context);
    case 'http':
      return openHttpProbe(spec, context);
    case 'tcp':
      return openTcpProbe(spec, context);
    default:
      throw new Error(`probe ${spec.name}: there is no probe type ${spec.type}`);
  }
}
