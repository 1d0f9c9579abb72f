import { setTimeout as delay } from 'node:timers/promises';
import type { ApiObject } from './checker/objects.ts';
import { documentOf, faultOfRun, type Lane } from './lanes.ts';
import { type Counts, changedBetween, countsOf, doneTwice, isNoted } from './ledger/counts.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ReportSummary, RunRecord } from './ledger/records.ts';
import { awaitReport, RunLost, startRun } from './runs.ts';
import type { Watcher } from './watcher.ts';

export interface LaneOptions {
  lane: Lane;
  namespace: string;
  seed: string;
  /** only this fault, where the lane has it */
  only: string | undefined;
  apiUrl: string;
  ledger: Ledger;
  watcher: Watcher;
  print: (line: string) => void;
  /** no run is begun any more */
  stopping: AbortSignal;
  /** nothing is waited for any more */
  signal: AbortSignal;
}

/** How long after the last outage a run may take to end. */
const longestRunMs = 180_000;
const pauseMs = 500;
const wholeWithinMs = 90_000;

/** Runs a lane's campaigns, one after another, until it is told to stop. A lane that still bears a fault after its run is not used again. */
export async function runLane(options: LaneOptions): Promise<void> {
  const { lane, namespace, ledger, watcher } = options;
  let last: Counts | undefined;
  for (let number = 1; !options.stopping.aborted; number++) {
    const fault = faultOfRun(lane, options.seed, number, options.only);
    const ready = await readyObjects(options);
    const before = countsOf(ready.objects, namespace);
    if (options.stopping.aborted) return;
    const run = ledger.begin(lane.name, number, fault, Date.now());
    if (last !== undefined)
      for (const change of changedBetween(last, before)) ledger.fail('duplicated', run, lane.name, change, Date.now());
    const tally = new Tally(namespace, watcher);
    const report = await oneRun(options, run);
    if (report === undefined) return;
    if (report.verdict === 'Error') options.print(`run ${number} of ${lane.name}, ${fault.fault}: ${report.reason}`);
    ledger.end(run, report, Date.now());
    const first = await watcher.whole();
    const remains = ledger.remains(lane.name, first);
    const look = remains.size === 0 ? first : await watcher.whole();
    const clean = ledger.afterEnd(run, remains, look);
    const after = countsOf(await notedObjects(watcher, namespace), namespace);
    const ownKills = ledger.kills.filter(
      (kill) => kill.lane === lane.name && kill.victims.includes('container') && Date.parse(kill.instant) >= ready.at,
    ).length;
    const twice = doneTwice({ fault: fault.fault, before, after, ...tally.end(), turns: turnsOf(report, run), ownKills });
    for (const what of twice) ledger.fail('duplicated', run, lane.name, what, Date.now());
    if (!clean) return;
    last = after;
    await delay(pauseMs);
  }
}

/**
 * A look at the objects once the namespace's workloads are whole and every restart that the soak itself caused is among what it saw,
 * or some time has passed: a workload that is not whole is refused before any fault.
 */
async function readyObjects({
  lane,
  namespace,
  ledger,
  watcher,
  stopping,
}: LaneOptions): Promise<{ at: number; objects: readonly ApiObject[] }> {
  const end = Date.now() + wholeWithinMs;
  for (;;) {
    const { at, objects } = await watcher.whole();
    const isWhole = objects
      .filter(({ kind, metadata }) => metadata.namespace === namespace && ['Deployment', 'StatefulSet'].includes(kind))
      .every(({ spec, status }) => (status?.readyReplicas ?? 0) === (spec?.replicas ?? 1));
    if ((isWhole && ledger.hasSeenRestarts(lane.name, at)) || Date.now() > end || stopping.aborted) return { at, objects };
  }
}

/** The objects, looked at after their controllers had taken note of the undo, or some time has passed: their part comes a little later. */
async function notedObjects(watcher: Watcher, namespace: string): Promise<readonly ApiObject[]> {
  const end = Date.now() + wholeWithinMs;
  while (!isNoted((await watcher.whole()).objects, namespace) && Date.now() < end);
  // A look reads one kind after another: only the next one has all that was noted in this.
  return (await watcher.whole()).objects;
}

/** What was done by the run's own word; a run that could not say so may have done all it was to. */
function turnsOf(report: ReportSummary, run: RunRecord): number {
  const { seconds, repeatEverySeconds } = run.fault;
  const most = repeatEverySeconds === undefined ? 1 : Math.ceil(seconds / repeatEverySeconds);
  return report.verdict === 'Error' ? Math.max(most, report.turns) : report.turns;
}

/** Undefined: it was lost, or it is not waited for any more. */
async function oneRun({ lane, namespace, seed, apiUrl, ledger, signal }: LaneOptions, run: RunRecord): Promise<ReportSummary | undefined> {
  try {
    run.id = await startRun(apiUrl, documentOf(lane, namespace, run.number, run.fault), `soak-${seed}-${lane.name}-${run.number}`, signal);
    const until = (): number => (signal.aborted ? 0 : Math.max(run.postedAt, lastOutage(ledger)) + run.fault.seconds * 1000 + longestRunMs);
    const report = await awaitReport(apiUrl, run.id, until);
    if (report !== undefined) return report;
    ledger.fail('lost', run, lane.name, 'the run has no verdict, though all that it needs is there', Date.now());
  } catch (error) {
    if (error instanceof RunLost) ledger.fail('lost', run, lane.name, error.message, Date.now());
    else if (!signal.aborted) throw error;
  }
  return undefined;
}

function lastOutage({ outages }: Ledger): number {
  return Math.max(0, ...outages.map(({ until }) => until ?? Date.now()));
}

/** Which pods and objects there were while a run went on. */
class Tally {
  readonly #podsSeen = new Set<string>();
  readonly #uidsSeen = new Set<string>();
  readonly #stop: () => void;

  constructor(namespace: string, watcher: Watcher) {
    this.#stop = watcher.onLook(({ objects }) => {
      if (objects === undefined) return;
      const { pods, uids } = countsOf(objects, namespace);
      for (const uid of pods) this.#podsSeen.add(uid);
      for (const uid of Object.values(uids)) this.#uidsSeen.add(uid);
    });
  }

  end(): { podsSeen: ReadonlySet<string>; uidsSeen: ReadonlySet<string> } {
    this.#stop();
    return { podsSeen: this.#podsSeen, uidsSeen: this.#uidsSeen };
  }
}
