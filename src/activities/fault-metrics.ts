import { Counter, Gauge, type Registry } from 'prom-client';
import type { Campaign } from '../contracts/campaign.ts';
import type { ReadBack } from '../contracts/evidence.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import { BoundedLabels } from '../metrics/bounded-labels.ts';
import { FailingUndos } from './failing-undos.ts';

type Which = Pick<FaultInstance, 'fault' | 'cluster'>;

/** Metrics of faults as they are done and undone, exported by the worker. */
export interface FaultMetrics {
  injected(fault: Which): void;
  /** a read-back while it is to hold */
  verified(fault: Which, readBack: Pick<ReadBack, 'ok'>): void;
  /** it was found lost, and put back */
  reestablished(fault: Which): void;
  /** it holds, and this worker watches it, until what is answered is disposed of */
  holding(fault: Which, campaign: Pick<Campaign, 'name' | 'target'>): Disposable;
  undoFailed(fault: FaultInstance): void;
  /** it is proven undone */
  undone(fault: FaultInstance): void;
}

export function createFaultMetrics(registry: Registry): FaultMetrics {
  const registers = [registry];
  const injections = new Counter({
    name: 'squall_faults_injected_total',
    help: 'Faults that were injected; one that is repeated, or injected anew after a pause, counts each time',
    labelNames: ['fault', 'cluster'],
    registers,
  });
  const active = new Gauge({
    name: 'squall_faults_active',
    help: 'Faults that hold now, each told by the one worker that watches it; faults of an instant are not among them',
    labelNames: ['fault', 'campaign', 'cluster', 'namespace'],
    registers,
  });
  const readBacks = new Counter({
    name: 'squall_fault_verifications_total',
    help: 'Read-backs of faults while they are to hold; missed: the fault was not in effect',
    labelNames: ['fault', 'outcome'],
    registers,
  });
  const reestablishments = new Counter({
    name: 'squall_fault_reestablishments_total',
    help: 'Faults that were lost with a restarted container, and were put back',
    labelNames: ['fault'],
    registers,
  });
  const undoFailures = new Counter({
    name: 'squall_undo_failures_total',
    help: 'Attempts to undo a fault, or to prove it undone, that failed',
    labelNames: ['fault'],
    registers,
  });
  const failing = new FailingUndos();
  new Gauge({
    name: 'squall_undo_failing',
    help: 'Faults whose last attempt at undoing failed and that are not undone yet, in this worker',
    labelNames: ['fault'],
    registers,
    collect() {
      this.reset();
      for (const [fault, count] of failing.count()) this.set({ fault }, count);
    },
  });
  const bounded = new BoundedLabels(['campaign', 'cluster', 'namespace']);

  return {
    injected: ({ fault, cluster }) => injections.inc({ fault, cluster }),
    verified: ({ fault }, { ok }) => readBacks.inc({ fault, outcome: ok ? 'ok' : 'missed' }),
    reestablished: ({ fault }) => reestablishments.inc({ fault }),
    holding({ fault, cluster }, { name, target }) {
      const labels = { fault, ...bounded.of({ campaign: name, cluster, namespace: target.namespace }) };
      active.inc(labels);
      return { [Symbol.dispose]: () => active.dec(labels) };
    },
    undoFailed(fault) {
      undoFailures.inc({ fault: fault.fault });
      failing.failed(fault);
    },
    undone(fault) {
      failing.undone(fault);
    },
  };
}
