import { Counter, Gauge, type Registry } from 'prom-client';
import type { SweepReport } from '../contracts/sweep.ts';
import { isLeft } from '../sweep/sweep.ts';

/** Metrics of the janitor's sweeps, exported by the worker. */
export interface JanitorMetrics {
  swept(report: SweepReport): void;
  failed(cluster: string): void;
}

export function createJanitorMetrics(registry: Registry): JanitorMetrics {
  const registers = [registry];
  const sweeps = new Counter({
    name: 'squall_janitor_sweeps_total',
    help: 'Sweeps of the janitor; failed: the cluster could not be looked through',
    labelNames: ['cluster', 'outcome'],
    registers,
  });
  const undone = new Counter({
    name: 'squall_janitor_undone_total',
    help: 'Faults the janitor has undone',
    labelNames: ['kind'],
    registers,
  });
  const left = new Gauge({
    name: 'squall_janitor_left',
    help: 'What the last sweep could not undo, or not read',
    labelNames: ['cluster'],
    registers,
  });
  return {
    swept({ cluster, findings }) {
      sweeps.inc({ cluster, outcome: 'done' });
      for (const finding of findings) {
        if (finding.state !== 'ended' && finding.undone?.ok === true) undone.inc({ kind: finding.kind });
      }
      left.set({ cluster }, findings.filter(isLeft).length);
    },
    failed(cluster) {
      sweeps.inc({ cluster, outcome: 'failed' });
    },
  };
}
