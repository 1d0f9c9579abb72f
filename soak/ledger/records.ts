import type { Sighting } from '../checker/sighting.ts';
import type { LaneFault } from '../lanes.ts';
import type { KillKind, Victim } from '../plan.ts';

/** A run of a lane, from before its POST until it was settled. Times in ms. */
export interface RunRecord {
  lane: string;
  /** from 1, in its lane */
  number: number;
  fault: LaneFault;
  /** when its POST was first sent */
  postedAt: number;
  /** null: not acknowledged (yet) */
  id: string | null;
  /** when it was seen to have ended; null: not yet */
  endedAt: number | null;
  verdict: string | null;
  /** times the lane was seen to bear something of a fault after it had been seen to bear nothing */
  outbreaks: number;
  /** something of its fault was seen */
  seen: boolean;
}

/** What a run's report says of its one experiment, as far as it counts here. */
export interface ReportSummary {
  verdict: string;
  reason: string;
  injected: boolean;
  /** times a fault of an instant was done */
  turns: number;
  /** times the fault was found lost and put back */
  reestablished: number;
  revertedBy: string | null;
  revertLateMs: number | null;
  /** from when it was read back as in effect until it was undone, ms; null: it did not come to that */
  held: { from: number; until: number } | null;
}

/** Something of a fault, from when it was first seen until it was not seen any more. */
export interface Episode {
  sighting: Sighting;
  run: RunRecord | null;
  firstSeen: number;
  /** in how many looks */
  looks: number;
  told: boolean;
}

/** A kill that was done, as failures refer to it. */
export interface KillRecord {
  number: number;
  /** ISO 8601 */
  instant: string;
  kind: KillKind;
  victims: Victim[];
  /** in words */
  what: string;
  names: string[];
  lane: string;
  /** of the lane's run: its fault, and how old it was */
  fault: string | null;
  ageMs: number | null;
}

export type FailureKind = 'leaked' | 'lost' | 'duplicated' | 'unseen' | 'broken';

export interface Failure {
  kind: FailureKind;
  lane: string;
  fault: string | null;
  run: string | null;
  /** ISO 8601 */
  at: string;
  detail: string;
  seed: string;
  /** what was done while its run went on */
  kills: KillRecord[];
  /** does it again */
  replay: string | null;
}

export interface SoakResult {
  seed: string;
  startedAt: string;
  minutes: number;
  kills: number;
  killsAsked: number;
  runs: number;
  verdicts: Record<string, number>;
  leaked: number;
  lost: number;
  duplicated: number;
  /** a fault held by the run's own word, and the checker saw nothing of it */
  unseen: number;
  /** the soak itself could not go on as it should */
  broken: number;
  /** of the faults that ended later than planned */
  lateRevertMs: { count: number; p50: number; p95: number; max: number };
  /** those that were latest */
  latest: { run: string | null; fault: string; lateMs: number; by: string | null }[];
  byClock: { workflow: number; carrier: number; janitor: number };
  byVictim: Record<string, number>;
  byKind: Record<string, number>;
  /** looks of the checker, and how many of them saw something of a fault */
  looks: { count: number; withSightings: number };
  /** ends of worker, API and Temporal that nobody had asked for */
  unexpectedEnds: Record<string, number>;
  failures: Failure[];
  struck: KillRecord[];
}
