import { readlinkSync } from 'node:fs';
import type { ApiServer } from '../../lab/api-server.ts';
import { compareObjects } from './compare.ts';
import { type NetworkSeen, readNetworks } from './network.ts';
import { type ApiObject, readObjects } from './objects.ts';
import { type PodSeen, podsOf } from './pods.ts';
import { processSightings } from './process-sightings.ts';
import { type ProcessSeen, readProcesses } from './processes.ts';
import { type RedisPlace, readConfiguration, redisSightings } from './redis.ts';
import type { Sighting } from './sighting.ts';

export interface CheckerOptions {
  api: ApiServer;
  /** whose objects and pods are looked at */
  namespaces: readonly string[];
  /** the label `app` of pods that are a redis */
  redisApp: string;
  /** the cluster's nodes, each with a process in its network namespace */
  nodes: readonly { name: string; pid: number }[];
  /** processes that whoever checks has stopped himself */
  stopped: () => ReadonlySet<number>;
}

/** One look at everything. */
export interface Look {
  /** when it began, ms: what it saw was so then, or later */
  at: number;
  endedAt: number;
  sightings: Sighting[];
  /** what could not be looked at, and why; empty: everything was */
  blind: string[];
  /** undefined: the API server did not answer */
  objects: ApiObject[] | undefined;
}

/** Processes of a node that a fault could stop. */
const ofNodes = ['kubelet', 'containerd', 'kube-proxy'];
/** What iptables names its tables. */
const iptables = /^ip6? (nat|filter|mangle|raw|security)$/;

/**
 * Finds faults of squall's from the cluster and the machine alone: by what is there that was not there when it was opened. It knows
 * nothing of runs, and nothing of how squall undoes. It needs the native lab, and root: nodes and pods are processes of this machine.
 */
export class Checker {
  readonly #options: CheckerOptions;
  readonly #namespaces: ReadonlySet<string>;
  readonly #nodeNetworks: Map<string, string>;
  readonly #configurations = new Map<string, Map<string, string>>();
  #before: { objects: ApiObject[]; networks: Map<string, NetworkSeen> } | undefined;
  #pods: PodSeen[] = [];

  private constructor(options: CheckerOptions) {
    this.#options = options;
    this.#namespaces = new Set(options.namespaces);
    this.#nodeNetworks = new Map(options.nodes.map(({ name, pid }) => [readlinkSync(`/proc/${pid}/ns/net`), name]));
  }

  /**
   * Notes how things are while there is no fault.
   * @throws Error when not all of it can be read, or something of a fault is there already
   */
  static async open(options: CheckerOptions): Promise<Checker> {
    const checker = new Checker(options);
    const objects = await readObjects(options.api);
    const networks = await readNetworks(options.nodes.map(({ pid }) => pid));
    checker.#before = { objects, networks: new Map(options.nodes.map(({ name, pid }) => [name, networks.get(pid) ?? missing(name)])) };
    const look = await checker.look();
    const wrong = [...look.blind, ...look.sightings.map(({ owner, place, detail }) => `${owner}: ${place}: ${detail}`)];
    if (wrong.length > 0) throw new Error(`checker: found before any fault: ${wrong.join('; ')}; expected nothing`);
    return checker;
  }

  /** Takes what a namespace's objects are now for what they should be; for a change that is no fault. */
  async accept(namespace: string): Promise<void> {
    const objects = await readObjects(this.#options.api);
    const others = this.#then().objects.filter(({ metadata }) => metadata.namespace !== namespace);
    this.#then().objects = [...others, ...objects.filter(({ metadata }) => metadata.namespace === namespace)];
  }

  async look(): Promise<Look> {
    const at = Date.now();
    const blind: string[] = [];
    const objects = await readObjects(this.#options.api).catch((error: unknown) => {
      blind.push(error instanceof Error ? error.message : String(error));
      return undefined;
    });
    if (objects !== undefined) this.#pods = podsOf(objects, this.#namespaces);
    const processes = readProcesses((command) => ofNodes.includes(command));
    const sightings = objects === undefined ? [] : compareObjects(this.#then().objects, objects, this.#namespaces);
    sightings.push(...processSightings(processes, this.#pods, this.#nodeNetworks, this.#options.stopped()));
    sightings.push(...(await this.#networkSightings(processes, blind)));
    sightings.push(...(await this.#redisSightings(processes, blind)));
    return { at, endedAt: Date.now(), sightings, blind, objects };
  }

  async #networkSightings(processes: readonly ProcessSeen[], blind: string[]): Promise<Sighting[]> {
    const ofPods = new Map<number, PodSeen>();
    for (const pod of this.#pods) {
      // The first of a container, or of the sandbox, lasts; those it starts come and go.
      const inside = processes.find(
        ({ podUid, network, ownPid }) => podUid === pod.uid && ownPid === 1 && !this.#nodeNetworks.has(network),
      );
      if (inside !== undefined) ofPods.set(inside.pid, pod);
      else if (pod.running) blind.push(`no process of pod ${pod.namespace}/${pod.name}, which runs`);
    }
    const networks = await readNetworks([...ofPods.keys(), ...this.#options.nodes.map(({ pid }) => pid)]);
    for (const [pid, { namespace, name, running }] of ofPods) {
      if (running && !networks.has(pid)) blind.push(`process ${pid} of pod ${namespace}/${name} ended while its network was to be read`);
    }
    const found: Sighting[] = [];
    for (const [pid, network] of networks) {
      const pod = ofPods.get(pid);
      const node = this.#options.nodes.find((candidate) => candidate.pid === pid)?.name;
      if (pod !== undefined) found.push(...networkSightings(pod.namespace, pod.name, network, undefined));
      else if (node !== undefined) found.push(...networkSightings(node, 'its network', network, this.#then().networks.get(node)));
    }
    return found;
  }

  async #redisSightings(processes: readonly ProcessSeen[], blind: string[]): Promise<Sighting[]> {
    const stopped = new Set(processes.filter(({ pid }) => this.#options.stopped().has(pid)).map(({ podUid }) => podUid));
    const asked = this.#pods.filter(
      ({ app, running, ip, uid }) => app === this.#options.redisApp && running && ip !== '' && !stopped.has(uid),
    );
    const answers = await Promise.all(
      asked.map(async ({ namespace, name, uid, ip }) => {
        const place: RedisPlace = { owner: namespace, pod: name, uid, ip };
        if (!this.#configurations.has(uid)) {
          const configuration = await readConfiguration(place).catch(() => undefined);
          if (configuration !== undefined) this.#configurations.set(uid, configuration);
        }
        const sightings = await redisSightings(place, this.#configurations.get(uid));
        if (sightings === undefined) blind.push(`redis ${namespace}/${name} takes no connection`);
        return sightings ?? [];
      }),
    );
    return answers.flat();
  }

  #then(): { objects: ApiObject[]; networks: Map<string, NetworkSeen> } {
    if (this.#before === undefined) throw new Error('checker: it is not open yet');
    return this.#before;
  }
}

function networkSightings(owner: string, name: string, now: NetworkSeen, before: NetworkSeen | undefined): Sighting[] {
  const isNew = (line: string, known: string[] | undefined): boolean => known?.includes(line) !== true;
  const found = (kind: Sighting['kind'], what: string): Sighting => ({ kind, owner, place: `${name} ${what}`, detail: 'it is there' });
  return [
    // A node's rules of Services may be made at any time.
    ...now.tables
      .filter((table) => isNew(table, before?.tables) && !(before !== undefined && iptables.test(table)))
      .map((table) => found('rules', table)),
    ...now.qdiscs.filter((qdisc) => isNew(qdisc, before?.qdiscs)).map((qdisc) => found('qdisc', qdisc)),
    ...now.queues.filter((queue) => isNew(queue, before?.queues)).map((queue) => found('queue', `queue ${queue.split(/\s+/)[0]}`)),
  ];
}

function missing(node: string): never {
  throw new Error(`checker: the network namespace of ${node} cannot be entered`);
}
