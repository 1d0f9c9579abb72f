import type { Look } from '../checker/checker.ts';
import { keyOf, type Sighting } from '../checker/sighting.ts';
import type { Outage } from '../kill/killer.ts';
import type { LaneFault } from '../lanes.ts';
import { lastSeenBy, onObjects } from './limits.ts';
import type { Episode, Failure, FailureKind, KillRecord, ReportSummary, RunRecord } from './records.ts';

export interface LedgerOptions {
  seed: string;
  /** how long after its deadline a fault may still be seen */
  graceMs: number;
  /** the lane of a namespace or a node's name; undefined: none's */
  laneOf: (owner: string) => string | undefined;
  /** told at once of every failure */
  onFailure: (failure: Failure) => void;
}

/** Keeps account of runs, of what the checker sees, and of kills; says what should not have been. */
export class Ledger {
  readonly runs: RunRecord[] = [];
  readonly kills: KillRecord[] = [];
  readonly outages: Outage[] = [];
  readonly reports: { run: RunRecord; report: ReportSummary }[] = [];
  readonly failures: Failure[] = [];
  looks = 0;
  looksWithSightings = 0;
  readonly #options: LedgerOptions;
  readonly #current = new Map<string, RunRecord>();
  readonly #episodes = new Map<string, Episode>();
  readonly #clean = new Map<string, boolean>();
  /** looks that the API server answered */
  readonly #wholeLooks: { from: number; until: number }[] = [];

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  begin(lane: string, number: number, fault: LaneFault, at: number): RunRecord {
    const run: RunRecord = { lane, number, fault, postedAt: at, id: null, endedAt: null, verdict: null, outbreaks: 0, seen: false };
    this.runs.push(run);
    this.#current.set(lane, run);
    return run;
  }

  current(lane: string): RunRecord | undefined {
    return this.#current.get(lane);
  }

  /** Whether a look that began then saw every container of the lane, killed before it, as one that was started anew. */
  hasSeenRestarts(lane: string, at: number): boolean {
    return this.outages
      .filter((outage) => outage.victim === 'container' && outage.lane === lane && outage.from < at)
      .every(({ until }) => until !== null && until <= at);
  }

  /** One look of the checker's. */
  look(look: Look): void {
    this.looks++;
    if (look.objects !== undefined) this.#wholeLooks.push({ from: look.at, until: look.endedAt });
    if (look.sightings.length > 0) this.looksWithSightings++;
    const readable = look.objects !== undefined;
    const seen = new Map(look.sightings.map((sighting) => [keyOf(sighting), sighting]));
    for (const [key, episode] of this.#episodes) {
      // What could not be looked at may still be there.
      if (!seen.has(key) && (readable || !onObjects.includes(episode.sighting.kind))) this.#episodes.delete(key);
    }
    for (const [key, sighting] of seen) {
      const episode = this.#episodes.get(key) ?? this.#opened(key, sighting, look.at);
      episode.looks++;
      this.#judge(episode, look.at);
    }
    this.#noteOutbreaks(readable);
  }

  #opened(key: string, sighting: Sighting, at: number): Episode {
    const run = this.#current.get(this.#laneOf(sighting)) ?? null;
    if (run !== null) run.seen = true;
    const episode: Episode = { sighting, run, firstSeen: at, looks: 0, told: false };
    this.#episodes.set(key, episode);
    return episode;
  }

  #judge(episode: Episode, at: number): void {
    if (episode.told || at <= lastSeenBy(episode, this.outages, at, this.#options.graceMs)) return;
    episode.told = true;
    const { sighting, run, firstSeen } = episode;
    const since = `seen since ${new Date(firstSeen).toISOString()}`;
    this.fail('leaked', run, this.#laneOf(sighting), `${tell(sighting)}; ${since}, past its deadline and grace`, at);
  }

  #noteOutbreaks(readable: boolean): void {
    const lanesOf = (least: number): Set<string> =>
      new Set([...this.#episodes.values()].filter(({ looks }) => looks >= least).map(({ sighting }) => this.#laneOf(sighting)));
    // An agent that tries what it is able to has a rule or a trace for a moment, which is no fault: that is seen once, at most.
    const [seen, staying] = [lanesOf(1), lanesOf(2)];
    for (const [lane, run] of this.#current) {
      if (staying.has(lane)) {
        if (this.#clean.get(lane) !== false) run.outbreaks++;
        this.#clean.set(lane, false);
      } else if (readable && !seen.has(lane)) this.#clean.set(lane, true);
    }
  }

  /** The run has ended: from now on nothing of it may be there. Whatever a look that began later sees is a leak. */
  end(run: RunRecord, report: ReportSummary, at: number): void {
    run.endedAt = at;
    run.verdict = report.verdict;
    this.reports.push({ run, report });
    if (run.fault.holds && !run.seen && this.#lookedAt(run.lane, report.held)) {
      this.fail('unseen', run, run.lane, 'the fault held by the word of its run, and the checker, which looked, saw nothing of it', at);
    }
    if (run.outbreaks > 1 + report.reestablished) {
      const word = `${run.outbreaks} times, expected ${1 + report.reestablished}`;
      this.fail('duplicated', run, run.lane, `the fault came ${word}: after it had been gone, it was there again`, at);
    }
  }

  /** Whether a whole look fell into this time, as far as nothing of the lane was killed in it: a fault may end with its agent, and the run know it later. */
  #lookedAt(lane: string, held: ReportSummary['held']): boolean {
    if (held === null) return false;
    const struck = this.outages.filter((outage) => outage.lane === lane && outage.from >= held.from).map(({ from }) => from);
    const end = Math.min(held.until, ...struck);
    return this.#wholeLooks.some(({ from, until }) => from >= held.from && until <= end);
  }

  /** What is there of a lane's faults. */
  remains(lane: string, look: Look): Set<string> {
    return new Set(look.sightings.filter((sighting) => this.#laneOf(sighting) === lane).map(keyOf));
  }

  /**
   * What of a lane a look that began after the run's end still saw. False: something.
   * @param before what a look before this one saw, after the run's end, too
   */
  afterEnd(run: RunRecord, before: ReadonlySet<string>, look: Look): boolean {
    let clean = true;
    for (const sighting of look.sightings) {
      if (this.#laneOf(sighting) !== run.lane || !before.has(keyOf(sighting))) continue;
      clean = false;
      const episode = this.#episodes.get(keyOf(sighting));
      if (episode?.told === true) continue;
      if (episode !== undefined) episode.told = true;
      this.fail('leaked', run, run.lane, `${tell(sighting)}; after the run had ended with verdict ${run.verdict}`, look.at);
    }
    return clean;
  }

  fail(kind: FailureKind, run: RunRecord | null, lane: string, detail: string, at: number): void {
    const kills = run === null ? this.kills.slice(-3) : this.kills.filter(({ instant }) => Date.parse(instant) >= run.postedAt - 30_000);
    const cause = kills.findLast((kill) => kill.lane === lane) ?? kills.at(-1);
    const { seed } = this.#options;
    const failure: Failure = {
      kind,
      lane,
      fault: run?.fault.fault ?? null,
      run: run?.id ?? null,
      at: new Date(at).toISOString(),
      detail,
      seed,
      kills,
      replay: cause === undefined ? null : replayOf(seed, cause),
    };
    this.failures.push(failure);
    this.#options.onFailure(failure);
  }

  #laneOf({ owner }: Sighting): string {
    return this.#options.laneOf(owner) ?? owner;
  }
}

function tell({ owner, place, kind, detail }: Sighting): string {
  return `${owner}: ${place} (${kind}): ${detail}`;
}

function replayOf(seed: string, { number, fault, ageMs }: KillRecord): string {
  const of = fault === null ? '' : ` --fault ${fault}`;
  const age = ageMs === null ? '' : ` --age ${ageMs}`;
  return `npm run soak -- --seed ${JSON.stringify(seed)} --only ${number}${of}${age}`;
}
