import { Counter, Gauge, type Registry } from 'prom-client';
import type { SweepReport } from '../contracts/sweep.ts';
import { isLeft } from '../sweep/sweep.ts';

/** Metrics of the janitor's sweeps, exported by the worker. */
export interface JanitorMetrics {
  swept(report: SweepReport): void;
  failed(cluster: string): void;
}

/** @param forgottenMs what a worker saw of a cluster so long ago it tells no more: another one has swept it since */
export function createJanitorMetrics(registry: Registry, forgottenMs: number, now: () => number = Date.now): JanitorMetrics {
  const registers = [registry];
  const seen = new Map<string, { left: number; at: number }>();
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
  new Gauge({
    name: 'squall_janitor_left',
    help: 'What the last sweep could not undo, or not read',
    labelNames: ['cluster'],
    registers,
    collect() {
      this.reset();
      for (const [cluster, { left, at }] of seen) {
        if (now() - at > forgottenMs) seen.delete(cluster);
        else this.set({ cluster }, left);
      }
    },
  });
  return {
    swept({ cluster, findings }) {
      sweeps.inc({ cluster, outcome: 'done' });
      for (const finding of findings) {
        if (finding.state !== 'ended' && finding.undone?.ok === true) undone.inc({ kind: finding.kind });
      }
      seen.set(cluster, { left: findings.filter(isLeft).length, at: now() });
    },
    failed(cluster) {
      sweeps.inc({ cluster, outcome: 'failed' });
    },
  };
}
