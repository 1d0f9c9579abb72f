import type { Parsed } from '../campaign/units.ts';
import type { Parameters, Selection } from '../contracts/campaign.ts';
import type { Permission } from '../contracts/plan.ts';
import type { ParameterTable } from './parameters/parameter-table.ts';

export type Role = NonNullable<Selection['role']>;

/** What the language, the plan and the catalogue know of a fault. Its five verbs are elsewhere. */
export interface FaultDeclaration {
  /** the canonical name, as reports and histories have it */
  name: string;
  family: FaultFamily;
  aliases: FaultAlias[];
  /** one sentence */
  summary: string;
  /** more of it, for its page of the documentation: what a user should know before using it, in Markdown */
  notes: string;
  parameters: ParameterTable;
  /** what it acts on: pods of the campaign's workload, nodes, the workload itself, or objects its parameters name */
  targets: 'pods' | 'nodes' | 'workload' | 'objects';
  /** for a fault of objects: which, in the campaign's namespace */
  objects?(parameters: Parameters): { apiVersion: string; kind: string; name: string }[];
  defaultDurationMs: number;
  /** false: the fault is an instant, and its duration the window in which it is observed */
  holds: boolean;
  /** whether it goes into one container of the pod */
  needsContainer: boolean;
  /** the roles a target may be chosen by */
  roles: readonly Role[];
  /** the application its targets have to be; absent: any */
  application?: 'redis';
  /** what the fault's verbs need; resources with a namespace, in the workload's */
  permissions: Permission[];
  /** where the rights depend on what is asked for; `permissions` then is an example of them */
  permissionsFor?(parameters: Parameters): Permission[];
  /** what it needs of kernel, cluster or image, in a sentence */
  needs: string;
  /**
   * what it alone may change on a target while it holds, as keys such as `cpu`, `network-latency`, `http:80`; `*` is everything.
   * Two faults with a key in common, on a target in common, at the same time, are refused; others compose.
   */
  exclusive(parameters: Parameters): string[];
  /**
   * how long its targets serve nobody, in ms; Infinity: until something takes their place. A primary that is away for
   * longer than its Sentinels wait is replaced by another. Absent: they go on serving, however badly.
   */
  targetsAwayForMs?(parameters: Parameters, durationMs: number): number;
  /**
   * how many of so many pods that it reaches are gone, or serve nobody, while it lasts: what disruption budgets and the last
   * ready pod are counted by. Absent: all of them when `targetsAwayForMs` is above 0, else none
   */
  podsAway?(parameters: Parameters, durationMs: number, reached: number): number;
  /** how a Litmus document spells it; null: Litmus has no such experiment */
  litmus: LitmusFault | null;
  /** why it cannot be done, and so not be measured, on the lab; absent: it is */
  notOnTheLab?: string;
  /** an experiment of the language, as YAML without its `fault` line's indentation; a test parses it and runs it */
  example: string;
  /** one sentence each, for the plan */
  describeInject(fault: DescribedFault): string;
  describeUndo(fault: DescribedFault): string;
}

export interface FaultAlias {
  name: string;
  /** why it is only an alias */
  note: string;
  /** what a Litmus document that uses this name targets when it names no pods; absent: as under the canonical name */
  litmusTargets?: 'all';
}

export type FaultFamily = 'pod' | 'stress' | 'network' | 'dns' | 'http' | 'node' | 'workload' | 'object' | 'redis';

export interface DescribedFault {
  parameters: Parameters;
  durationMs: number;
  /** their names, as `targetName` gives them */
  targets: string[];
}

/** How Litmus's experiment of the same meaning is read. */
export interface LitmusFault {
  experiment: string;
  /** what Litmus applies and the fault's own defaults do not say */
  defaults: Parameters;
  /** TOTAL_CHAOS_DURATION when it is not given */
  defaultDurationMs: number;
  /** the environment variables of this experiment alone, by name */
  env: Record<string, LitmusVariable>;
  /** cross-checks and remarks, once all variables are read */
  review?(given: LitmusGiven): LitmusRemark[];
}

/** How one environment variable is read; `T` is what it sets. */
export interface LitmusVariable<T = Parameters> {
  /** the variable Litmus itself reads; absent: this one */
  aliasOf?: string;
  /** for an alias: what Litmus makes of it */
  aliasNote?: string;
  /** `value` is never empty: to Litmus an empty variable is one that is not given */
  read(value: string): LitmusReading<T>;
}

export type LitmusReading<T = Parameters> =
  /** `note`: what Litmus would have made of this spelling */
  | { kind: 'set'; values: T; note?: string }
  /** accepted, it changes nothing; `note`: why; absent: it asks for what is done anyway */
  | { kind: 'no-effect'; note?: string }
  | { kind: 'problem'; found: string; expected: string };

export interface LitmusGiven {
  /** non-empty variables */
  env: ReadonlyMap<string, string>;
  durationMs: number;
  parameters: Parameters;
}

export type LitmusRemark =
  | { kind: 'warning'; code: string; message: string }
  | { kind: 'problem'; variable: string; found: string; expected: string };

/** A variable whose value sets something. `note` is given the value, to say what Litmus would have made of it. */
export function litmusSets<T, U = Parameters>(
  parse: (value: string) => Parsed<T>,
  use: (value: T) => U,
  note?: (value: string) => string | undefined,
): LitmusVariable<U> {
  return {
    read(value) {
      const parsed = parse(value);
      if (!parsed.ok) return { kind: 'problem', found: parsed.found, expected: parsed.expected };
      const remark = note?.(value);
      return { kind: 'set', values: use(parsed.value), ...(remark === undefined ? {} : { note: remark }) };
    },
  };
}

/** A variable that concerns Litmus's own machinery. */
export function litmusNoEffect(note: string): LitmusVariable<never> {
  return { read: () => ({ kind: 'no-effect', note }) };
}

/** A variable that asks for what squall cannot do yet: accepted only with the values that ask for nothing. */
export function litmusUnsupported(neutral: string[], expected: string): LitmusVariable<never> {
  return {
    read: (value) => (neutral.includes(value) ? { kind: 'no-effect' } : { kind: 'problem', found: JSON.stringify(value), expected }),
  };
}

/** What Litmus's integer parser makes of a value with a unit; undefined: it reads it rightly. */
export function swallowedByLitmus(consequence: string): (value: string) => string | undefined {
  return (value) =>
    /^\d+$/.test(value) ? undefined : `Litmus takes whole numbers only, drops the error of ${JSON.stringify(value)}, and ${consequence}`;
}
