import type { ObserveInput } from '../contracts/activities.ts';
import type { Sample } from '../contracts/evidence.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { EgressPolicy } from '../security/egress.ts';
import type { ReachMode } from './reach.ts';

/** What a probe measures, and how it may get there. */
export interface ProbeContext {
  cluster: Cluster;
  namespace: string;
  /** the label selector of the workload's pods */
  selector: string;
  reach: ReachMode;
  /** base address; null: none is configured */
  prometheusUrl: string | null;
  /** where an address that a document gives may lead; absent: everywhere but to what is always refused */
  egress?: EgressPolicy;
  signal: AbortSignal;
}

/** What is known only where the probe is used. */
export interface ProbeExtra {
  /** what an election is measured from; null: none is expected */
  election: ObserveInput['election'];
}

/** A probe that is ready to measure. */
export interface OpenProbe extends AsyncDisposable {
  /** of its samples' values: `ms`, `s`; `none`: a plain number; empty: a sample succeeds or not */
  readonly unit: string;
  /** how it reaches what it measures: `direct`, `port-forward`, `http`, `tcp`, `prometheus`, `api` */
  readonly reach: string;
  /**
   * One measurement, judged by the probe's tolerance. What keeps it from measuring is in the sample, and not ok.
   *
   * @throws the signal's reason, nothing else
   */
  sample(signal: AbortSignal): Promise<Sample>;
  /** facts beside the samples, up to now */
  detail(): Record<string, string | number | boolean | null>;
}
