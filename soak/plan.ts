import { fraction, integer, pick, shuffled } from './random.ts';

/** What is killed. `agent` and `container` are processes in the pods of the kill's lane; `kubelet` is that of one of its nodes. */
export const victims = ['worker', 'api', 'temporal', 'agent', 'container', 'kubelet', 'kube-apiserver'] as const;
export type Victim = (typeof victims)[number];

/**
 * `kill`: SIGKILL. `stop`: SIGSTOP, and SIGCONT after 30 s. `disk-full`: no byte is left where Temporal keeps its database, for a
 * while. `clock-step`: the worker's clock jumps, and jumps back.
 */
export type KillKind = 'kill' | 'stop' | 'disk-full' | 'clock-step';

/** One kill, as the seed has it. Times in ms. */
export interface Kill {
  /** from 1 */
  number: number;
  kind: KillKind;
  /** one, or two that die at once */
  victims: Victim[];
  /** the lane whose run it strikes */
  lane: string;
  /** how old that run is then, counted from when its POST was sent */
  ageMs: number;
  /** how long until what was killed is started again; how long what was stopped stands still, the disk is full, the clock is wrong */
  downMs: number;
  /** by how much the clock is set forward (or back, when negative); 0 for all other kinds */
  stepMs: number;
  /** chooses among several processes that could be the victim */
  lot: number;
}

export interface PlanOptions {
  seed: string;
  /** all lanes, and those in whose pods an agent of squall's is put */
  lanes: readonly string[];
  agentLanes: readonly string[];
  /** false: the machine can't step a process's clock, and the worker is killed instead */
  clockSteps: boolean;
}

/** Every run of so many kills has each of these, in an order of its own. */
const deck: { kind: KillKind; victims: Victim[] | 'pair' | 'any' }[] = [
  ...repeat(4, 'kill', ['worker']),
  ...repeat(2, 'kill', ['api']),
  ...repeat(3, 'kill', ['temporal']),
  ...repeat(3, 'kill', ['agent']),
  ...repeat(3, 'kill', ['container']),
  ...repeat(2, 'kill', ['kubelet']),
  ...repeat(2, 'kill', ['kube-apiserver']),
  ...repeat(6, 'kill', 'pair'),
  ...repeat(3, 'stop', 'any'),
  ...repeat(1, 'disk-full', ['temporal']),
  ...repeat(1, 'clock-step', ['worker']),
];

const stopMs = 30_000;
/** While a POST is being answered. */
const youngestMs = 250;
/** About as long as a run takes, its undo and recovery included, so that every phase is struck. */
const oldestMs = 16_000;
const longestDownMs = 5_000;

/** The kill of a number: a pure function of the seed, so that each can be done again by itself. */
export function planKill(number: number, options: PlanOptions): Kill {
  const { seed } = options;
  const draw = (purpose: string): [string, string, number] => [seed, purpose, number];
  const block = Math.floor((number - 1) / deck.length);
  const card = shuffled(deck, seed, 'deck', block)[(number - 1) % deck.length];
  if (card === undefined) throw new RangeError(`kill: found number ${number}, expected 1 or more`);
  const struck = card.victims === 'pair' ? pairOf(draw('pair')) : card.victims === 'any' ? [pick(victims, ...draw('any'))] : card.victims;
  const kind = card.kind === 'clock-step' && !options.clockSteps ? 'kill' : card.kind;
  const lanes = struck.includes('agent') ? options.agentLanes : options.lanes;
  return {
    number,
    kind,
    victims: struck,
    lane: pick(lanes, ...draw('lane')),
    ageMs: integer(0, struck.includes('api') && fraction(...draw('young')) < 0.5 ? youngestMs : oldestMs, ...draw('age')),
    downMs:
      kind === 'stop' ? stopMs : kind === 'kill' ? integer(0, longestDownMs, ...draw('down')) : integer(8_000, 20_000, ...draw('down')),
    stepMs: kind === 'clock-step' ? integer(20_000, 120_000, ...draw('step')) * (fraction(...draw('way')) < 0.5 ? -1 : 1) : 0,
    lot: fraction(...draw('lot')),
  };
}

function pairOf(draw: [string, string, number]): Victim[] {
  return shuffled(victims, ...draw).slice(0, 2);
}

function repeat(count: number, kind: KillKind, struck: Victim[] | 'pair' | 'any') {
  return Array.from({ length: count }, () => ({ kind, victims: struck }));
}

/** A kill in a few words: `SIGKILL of worker and temporal`. */
export function describeKill({ kind, victims: struck, downMs, stepMs }: Kill): string {
  const whom = struck.join(' and ');
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  switch (kind) {
    case 'kill':
      return `SIGKILL of ${whom}, back after ${seconds(downMs)}`;
    case 'stop':
      return `SIGSTOP of ${whom} for ${seconds(downMs)}`;
    case 'disk-full':
      return `full disk for Temporal for ${seconds(downMs)}`;
    case 'clock-step':
      return `clock of ${whom} ${stepMs < 0 ? 'back' : 'forward'} by ${seconds(Math.abs(stepMs))} for ${seconds(downMs)}`;
  }
}
