import { setTimeout as delay } from 'node:timers/promises';
import type { PodSeen } from '../checker/pods.ts';
import type { Kill, Victim } from '../plan.ts';
import type { Service } from '../service/service.ts';
import { findTarget } from './find-target.ts';
import type { LabParts } from './lab-parts.ts';
import { signalled } from './signalled.ts';
import type { Target } from './target.ts';

/** A time in which something could not do its work. */
export interface Outage {
  victim: Victim;
  /** of an agent or a container: whose pods it was in */
  lane: string | null;
  from: number;
  /** when it did its work again; null: not yet */
  until: number | null;
}

/** Where agents and containers are struck. */
export interface Field {
  /** as they were last seen */
  pods: () => readonly PodSeen[];
  /** of a namespace of these pods */
  laneOf: (namespace: string) => string | undefined;
}

/** A kill that was done. */
export interface Strike {
  at: number;
  /** what was struck, by name */
  names: string[];
  outages: Outage[];
  /** Resolves when all that was struck is back. @throws Error when something does not come back */
  settled: Promise<void>;
}

/** Does kills. */
export class Killer {
  /** processes that stand still because a kill stopped them */
  readonly stopped = new Set<number>();
  readonly #service: Service;
  readonly #parts: LabParts;

  constructor(service: Service, parts: LabParts) {
    this.#service = service;
    this.#parts = parts;
  }

  /** @returns undefined when what is to be killed is not there just now */
  async strike(kill: Kill, { pods, laneOf }: Field): Promise<Strike | undefined> {
    if (kill.kind === 'disk-full') return this.#fillDisk(kill);
    if (kill.kind === 'clock-step') return this.#stepClock(kill);
    const { lot } = kill;
    const options = { service: this.#service, parts: this.#parts, pods, lot };
    const found = await Promise.all(kill.victims.map((victim) => findTarget(victim, options)));
    const targets = found.filter((target): target is Target => target?.pid !== undefined);
    if (targets.length < kill.victims.length) return undefined;
    const at = Date.now();
    const outages = kill.victims.map((victim, index): Outage => {
      const { namespace } = targets[index] ?? fail();
      return { victim, lane: namespace === undefined ? null : (laneOf(namespace) ?? fail()), from: at, until: null };
    });
    const settled = Promise.all(targets.map((target, index) => this.#hit(kill, target, outages[index] ?? fail())));
    settled.catch(() => undefined);
    return { at, names: targets.map(({ name }) => name), outages, settled: settled.then(() => undefined) };
  }

  /** Sends the signal before it returns; resolves when the target is back. */
  async #hit(kill: Kill, target: Target, outage: Outage): Promise<void> {
    const { pid } = target;
    if (pid === undefined) return;
    if (kill.kind === 'stop') {
      if (signalled(pid, 'SIGSTOP')) {
        this.stopped.add(pid);
        await delay(kill.downMs);
        signalled(pid, 'SIGCONT');
        // It is seen as stopped until it has been scheduled again.
        await delay(200);
        this.stopped.delete(pid);
      }
    } else target.kill(kill.downMs);
    await target.back(kill.kind === 'kill');
    outage.until = Date.now();
  }

  async #fillDisk(kill: Kill): Promise<Strike> {
    const outage: Outage = { victim: 'temporal', lane: null, from: Date.now(), until: null };
    await this.#service.disk.fill();
    const over = async (): Promise<void> => {
      await delay(kill.downMs);
      await this.#service.disk.free();
      await this.#service.temporal.awaitReady();
      outage.until = Date.now();
    };
    return { at: outage.from, names: ["temporal's disk"], outages: [outage], settled: over() };
  }

  async #stepClock(kill: Kill): Promise<Strike> {
    const outage: Outage = { victim: 'worker', lane: null, from: Date.now(), until: null };
    await this.#service.clock.set(kill.stepMs);
    const over = async (): Promise<void> => {
      await delay(kill.downMs);
      await this.#service.clock.set(0);
      // The file is read again after a second.
      await delay(1_500);
      outage.until = Date.now();
    };
    return { at: outage.from, names: ["the worker's clock"], outages: [outage], settled: over() };
  }
}

function fail(): never {
  throw new Error('kill: more victims than targets, or a target in no lane');
}
