import type { Dashboard } from './dashboard.ts';

/**
 * A campaign after parsing: every value typed, every default applied, times in milliseconds since
 * the epoch, durations in milliseconds, percentages 0 to 100. Plain data, safe for workflow history.
 */
export interface Campaign {
  name: string;
  /** the dialect the document was written in */
  dialect: 'squall' | 'litmus' | 'chaos-mesh' | 'chaos-toolkit';
  target: CampaignTarget;
  policy: Policy;
  /** probes every experiment without a hypothesis of its own is judged by; empty: the workload's defaults apply at plan time */
  hypothesis: ProbeSpec[];
  /** watched throughout; absent: none */
  stopConditions?: StopCondition[];
  /** what must be so before anything is touched, beside what is always asked; absent: nothing. A plan that was made has asked it, and has it no more */
  preflight?: Preflight;
  steps: Step[];
  /** the steps are done again and again; absent: once */
  repeat?: Repeat;
  /** the least score, 0 to 100, that lets a deploy pass; absent: no gate */
  gate?: number;
  /** what the seeded choices are made from; absent: the run's id */
  seed?: string;
  warnings: Warning[];
}

export interface Preflight {
  /** whose every panel must have data */
  dashboards: DashboardSpec[];
}

/** A dashboard by which people would see what happens: one that has no data looks calm during any chaos. */
export interface DashboardSpec {
  /** what it is called here; absent: by its title */
  name?: string;
  source: DashboardSource;
  /** absent: the one that is configured for the campaign's cluster */
  prometheusUrl?: string;
  /** values for its variables, in place of those it opens with */
  variables: Record<string, string[]>;
  /** titles of panels that may have no data */
  mayBeEmpty: string[];
}

/** What it asks, or where a Grafana has it. */
export type DashboardSource = { dashboard: Dashboard } | { url: string };

/** The workload under test. At least one of `selector` and `name` is given. */
export interface CampaignTarget {
  /** the name of a configured cluster; `default` is the current context */
  cluster: string;
  namespace: string;
  kind?: WorkloadKind;
  /** the workload's name */
  name?: string;
  /** a label selector, as kubectl writes it */
  selector?: string;
}

export type WorkloadKind = 'StatefulSet' | 'Deployment' | 'DaemonSet' | 'ReplicaSet' | 'Pod';

/** The blast radius and the opt-in. */
export interface Policy {
  /** the workload, its pods or its namespace must carry this annotation */
  optIn: 'none' | 'squall' | 'litmus';
  /** the most pods one experiment may target */
  maxTargets?: number;
  /** the most of the workload's pods, in percent, one experiment may target */
  maxTargetsPercent?: number;
  /** names of pods never to be touched */
  protectedPods: string[];
  /** what becomes of a run when another one is in its way; absent: refuse */
  overlap?: 'refuse' | 'queue';
  /** how long it waits then; absent: 30 min */
  queueTimeoutMs?: number;
  /** the last ready pod of the workload may be taken away; absent: it may not */
  allowLastReady?: boolean;
  /** pods may be taken away although a disruption budget forbids it; absent: they may not */
  ignoreDisruptionBudgets?: boolean;
}

export type Step =
  | { kind: 'experiment'; experiment: ExperimentSpec }
  /** experiments that run side by side; the next step waits for all of them */
  | { kind: 'parallel'; experiments: ExperimentSpec[] }
  | { kind: 'wait'; durationMs: number }
  | ApprovalStep;

/** Rounds of all steps: until there were so many, or until so long after the first began; whichever is given. */
export interface Repeat {
  times?: number;
  forMs?: number;
  /** between two rounds */
  pauseMs: number;
}

/** Waits for a person's word. */
export interface ApprovalStep {
  kind: 'approval';
  /** unique among the campaign's approvals */
  name: string;
  timeoutMs: number;
  /** what silence means */
  onTimeout: 'abort' | 'continue';
}

/** What ends a run at once: a probe whose tolerance does not hold, or cannot be measured, or a call from outside by this name. */
export type StopCondition = { name: string; probe: ProbeSpec } | { name: string; webhook: true };

export interface ExperimentSpec {
  /** unique within its campaign */
  name: string;
  /** the catalogue's canonical name, for example `pod-network-latency` */
  fault: string;
  /** the workload it acts on, in another cluster than the campaign's; absent: the campaign's */
  target?: CampaignTarget;
  selection: Selection;
  /** effective parameters of the fault, under canonical names with the unit in the name (`latencyMs`), defaults applied */
  parameters: Parameters;
  /** how long the fault holds; for one that is done in an instant, how long its consequences are observed */
  durationMs: number;
  /** a fault that is done in an instant is done again this often while its duration lasts, on targets chosen anew */
  repeatEveryMs?: number;
  /** what becomes of the fault when a container it is in restarts while it holds */
  onRestart: 'reestablish' | 'end';
  /** how long after the fault's end steady state may take to return before the experiment has failed */
  recoveryTimeoutMs: number;
  /** replaces the campaign's hypothesis; absent: the campaign's, else the workload's defaults */
  hypothesis?: ProbeSpec[];
  /** what a failed experiment does to the steps after it; `pause`: a person says whether it is retried, skipped, or the run aborted */
  onFailure: 'continue' | 'stop' | 'pause';
}

export type ParameterValue = string | number | boolean | string[] | Record<string, string>;
export type Parameters = Record<string, ParameterValue>;

/**
 * Which pods of the campaign's workload, or, for a fault of nodes, which nodes. Filters narrow one after another;
 * then `count` or `percent` choose, by seed. For a fault of nodes, filters of pods mean the nodes those pods run on.
 */
export interface Selection {
  role?: 'redis-primary' | 'redis-replica';
  /** exact pod names; each must exist and match the campaign's target */
  names?: string[];
  /** a further label selector */
  selector?: string;
  /** names of nodes: the pods on them, or the nodes themselves; each must exist */
  nodes?: string[];
  /** a label selector of nodes */
  nodeSelector?: string;
  /** zones by the nodes' label topology.kubernetes.io/zone */
  zones?: string[];
  /** so many of those that match; more than match is an error */
  count?: number;
  /** so many percent of those that match, rounded up, at least one */
  percent?: number;
  /** the container a process or stress fault goes into; absent: the pod's first, or the one named by kubectl.kubernetes.io/default-container */
  container?: string;
}

/** A way to measure, and what its samples have to satisfy. */
export interface ProbeSpec {
  /** unique within its hypothesis */
  name: string;
  /** a name in the catalogue of probes, for example `redis-write-latency` */
  type: string;
  /** where it looks; absent: at the workload of whom it is written under */
  place?: ProbePlace;
  parameters: Parameters;
  /**
   * `during`: while the fault holds. `after`: once after recovery. `continuous`: both, and while recovery is awaited.
   * `recovery`: one sample, an event's time since the fault was injected (a leader election).
   */
  when: 'during' | 'after' | 'continuous' | 'recovery';
  /** absent: informational, neither scored nor judged */
  tolerance?: Tolerance;
  /** 0 to 10; the weight in the score */
  weight: number;
  intervalMs: number;
  timeoutMs: number;
}

/** Another place than a probe would look at by itself. As it is written, what is absent is inherited; a plan has all that its type needs. */
export interface ProbePlace {
  cluster?: string;
  namespace?: string;
  /** the label selector of the pods */
  selector?: string;
}

/** What one sample must satisfy, and how large a share of the samples must. */
export interface Tolerance {
  comparator: '<=' | '<' | '>=' | '>' | '==' | '!=' | 'succeeds';
  /** in the probe's unit; absent for `succeeds` */
  value?: number;
  /** the least share of samples, in percent, that must satisfy it for the probe to pass */
  successPercent: number;
}

/** Something accepted that its author should know about. */
export interface Warning {
  /** a stable code in kebab-case, for example `alias-used` */
  code: string;
  /** where in the document, for example `spec.experiments[2].name`, or which object */
  path: string;
  line?: number;
  message: string;
}
