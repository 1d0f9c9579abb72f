import { setTimeout as delay } from 'node:timers/promises';
import type { Killer, Strike } from './kill/killer.ts';
import { agentLanes } from './lanes.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { RunRecord } from './ledger/records.ts';
import { describeKill, type Kill } from './plan.ts';
import type { Watcher } from './watcher.ts';

export interface KillLoopOptions {
  kills: readonly Kill[];
  ledger: Ledger;
  killer: Killer;
  watcher: Watcher;
  namespace: (lane: string) => string;
  /** how many kill at once, each the next one of the list */
  hands: number;
  /** only runs of this fault are struck, at their exact age */
  only: string | undefined;
  /** when no kill is begun any more, ms */
  endsAt: number;
  signal: AbortSignal;
  print: (line: string) => void;
}

/** How long a run of the right age is waited for before whatever goes on is struck. */
const patienceMs = 7_000;
const exactPatienceMs = 180_000;
const attempts = 2;
/** How many kills go before one that found nothing to kill is tried again, and how often that is done. */
const deferral = 4;
const mostDeferrals = 5;
/** How long what was killed may take to come back before the next kill. */
const settleMs = 5_000;
const pauseMs = 1_000;

/** Does the kills in their order; what was stopped may still stand when the next one comes. Returns when all that was struck is back. */
export async function killAll(options: KillLoopOptions): Promise<void> {
  const { print } = options;
  const settling: Promise<void>[] = [];
  // What is not there to be killed yet, for example an agent before the first fault, is killed later.
  const left = [...options.kills];
  const deferred = new Map<Kill, number>();
  const hand = async (): Promise<void> => {
    for (let kill = left.shift(); kill !== undefined; kill = left.shift()) {
      if (Date.now() > options.endsAt || options.signal.aborted) return;
      const strike = await strikeOnce(options, kill);
      const times = deferred.get(kill) ?? 0;
      if (strike === undefined && times < mostDeferrals) {
        deferred.set(kill, times + 1);
        left.splice(deferral, 0, kill);
        continue;
      }
      if (strike === undefined) {
        options.ledger.fail(
          'broken',
          null,
          kill.lane,
          `kill ${kill.number} (${describeKill(kill)}): there was nothing of it to kill`,
          Date.now(),
        );
        continue;
      }
      const told = strike.settled.then(() =>
        print(`kill ${kill.number}: all back after ${((Date.now() - strike.at) / 1000).toFixed(1)} s`),
      );
      const settled = told.catch((error: unknown) => {
        options.ledger.fail(
          'broken',
          null,
          kill.lane,
          `kill ${kill.number}: ${error instanceof Error ? error.message : String(error)}`,
          Date.now(),
        );
      });
      settling.push(settled);
      // Whoever was stopped, or takes long to come back, is away while other things die.
      if (kill.kind === 'kill') await Promise.race([settled, delay(settleMs, undefined, { ref: false })]);
      await delay(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: options.hands }, hand));
  await Promise.all(settling);
}

async function strikeOnce(options: KillLoopOptions, kill: Kill): Promise<Strike | undefined> {
  const { ledger, killer, watcher, namespace, print } = options;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const run = await runOfAge(options, kill);
    const inLanes = attempt === attempts && kill.victims.includes('agent') ? agentLanes : [kill.lane];
    const lanes = new Map(inLanes.map((lane) => [namespace(lane), lane]));
    const strike = await killer.strike(kill, {
      pods: () => watcher.pods.filter((pod) => lanes.has(pod.namespace)),
      laneOf: (name) => lanes.get(name),
    });
    if (strike === undefined) continue;
    ledger.outages.push(...strike.outages);
    const ageMs = run === undefined ? null : strike.at - run.postedAt;
    ledger.kills.push({
      number: kill.number,
      instant: new Date(strike.at).toISOString(),
      kind: kill.kind,
      victims: kill.victims,
      what: describeKill(kill),
      names: strike.names,
      lane: kill.lane,
      fault: run?.fault.fault ?? null,
      ageMs,
    });
    const when = run === undefined ? 'between runs' : `${((ageMs ?? 0) / 1000).toFixed(1)} s into ${run.fault.fault} of ${run.lane}`;
    print(`kill ${kill.number}: ${describeKill(kill)}; ${when} (${strike.names.join(', ')})`);
    return strike;
  }
  return undefined;
}

/** Waits until the lane's run has the kill's age; undefined: no run goes on there. */
async function runOfAge({ ledger, only, signal }: KillLoopOptions, kill: Kill): Promise<RunRecord | undefined> {
  const end = Date.now() + (only === undefined ? patienceMs : exactPatienceMs);
  for (;;) {
    const run = ledger.current(kill.lane);
    if (run !== undefined && run.endedAt === null && (only === undefined || run.fault.fault === only)) {
      const ageMs = Date.now() - run.postedAt;
      if (ageMs >= kill.ageMs && ageMs < kill.ageMs + 1_000) return run;
    }
    if (Date.now() > end || signal.aborted) return run?.endedAt === null ? run : undefined;
    await delay(20);
  }
}
