import type { Campaign } from './campaign.ts';

/** A campaign that is saved, with what starts it. Plain data; durations in milliseconds. */
export interface SavedCampaign {
  name: string;
  campaign: Campaign;
  /** the campaign's document alone, which every run of it is given */
  document: string;
  /** the whole document, as it was given */
  source: string;
  triggers: Triggers;
  /** what a time does while a run that an earlier time began goes on */
  overlap: Overlap;
  /** how late a time is made up for, when Temporal was down */
  catchUpWindowMs: number;
  jitterMs: number;
  /** an IANA name; of the times by cron and calendar */
  timeZone: string;
  paused: boolean;
}

/** What starts a saved campaign, beside a person's word. */
export interface Triggers {
  cron: string[];
  calendar: CalendarTime[];
  intervals: { everyMs: number; offsetMs: number }[];
  /** null: no rollout does */
  onRollout: RolloutWorkload | null;
  /** whoever calls its webhook does */
  webhook: boolean;
}

/** Times by their parts; a part that is not given is 0 (second, minute, hour) or any. */
export interface CalendarTime {
  second?: CalendarRange[];
  minute?: CalendarRange[];
  hour?: CalendarRange[];
  dayOfMonth?: CalendarRange[];
  /** 1 to 12 */
  month?: CalendarRange[];
  year?: CalendarRange[];
  /** 0, Sunday, to 6 */
  dayOfWeek?: CalendarRange[];
}

export interface CalendarRange {
  start: number;
  end: number;
  step: number;
}

/** `cancel-other` ends the run under way as a cancellation does: everything is undone first. */
export type Overlap = 'skip' | 'buffer-one' | 'buffer-all' | 'cancel-other' | 'allow-all';

/** The workload whose rollouts start a campaign. */
export interface RolloutWorkload {
  cluster: string;
  namespace: string;
  kind: RolloutKind;
  name: string;
}

export type RolloutKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** A workload's revision, as its controller counts them: going back to an older template is a new one. */
export interface Revision {
  uid: string;
  revision: string;
  /** of the pod template, in words: its images */
  images: string[];
}

/** Where a workload's rollout is, as `kubectl rollout status` tells it. */
export type RolloutState =
  | { state: 'healthy'; revision: Revision }
  | { state: 'under-way'; revision: Revision | null; reason: string }
  /** it is not going to be healthy by itself */
  | { state: 'stuck'; revision: Revision; reason: string }
  | { state: 'absent' };

/** What a saved campaign has seen of its workload. */
export interface SeenRollout {
  /** the last revision that was dealt with, as `uid/revision`; null: the workload was not there */
  known: string | null;
  /** a revision that is not healthy, and why it has not started a run; null: there is none */
  problem: { revision: string; since: string; reason: string } | null;
}

/** Why a run of a saved campaign began. */
export type TriggerKind = 'time' | 'rollout' | 'webhook' | 'manual';
