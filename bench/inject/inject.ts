import { randomUUID } from 'node:crypto';
import { errorMessage } from '../../src/error-message.ts';
import { labOf } from '../lab-of.ts';
import { LabService } from '../lab-service.ts';
import type { Found } from '../result.ts';
import { short, spreadOf } from '../spread.ts';
import { type Breakdown, breakdown, medianBreakdown } from './breakdown.ts';
import { ChaosToolkit } from './chaos-toolkit.ts';
import { activitiesOf, type Step } from './history-steps.ts';
import {
  afterBaseline,
  injectStep,
  inWords,
  litmusToEffect,
  litmusWhole,
  overhead,
  rawToEffect,
  rawUndone,
  roundTrip,
  toEffect,
  toolkitToEffect,
  toolkitWhole,
  toUndone,
} from './labels.ts';
import { Litmus } from './litmus.ts';
import { PodWatch } from './pod-watch.ts';
import { RawClient } from './raw-client.ts';
import { roundTrips } from './round-trip.ts';
import { documentOf, type OneRun, runOnce } from './run-once.ts';
import { Site } from './site.ts';
import { checksOf, ratios } from './verdict.ts';

const times = 8;
/** Enough for a 95th percentile that is not the slowest of all. */
const warmTimes = 64;
/** Far more than is waited for: these are cancelled. */
const duration = '5m';
const shortDuration = '2s';
const agentTtlMs = 60_000;
/** the container that the raw calls put into a pod */
const rawAgent = 'squall-raw';
/** One probe that always holds: what is sampled takes its time, whatever it is. */
const hypothesis = [{ name: 'always', type: 'prometheus', query: 'vector(1)', tolerance: '>= 1', interval: '1s' }];

const faults = {
  'pod-delete': { fault: 'pod-delete', parameters: {} },
  latency: { fault: 'pod-network-latency', parameters: { latency: '100ms' } },
  cpu: { fault: 'pod-cpu-hog', parameters: { cores: 1, load: '20%' } },
} as const;

type Kind = 'latency' | 'cpu';

/** Another tool. */
interface Peer extends Partial<AsyncDisposable> {
  deletePod(name: string): Promise<void>;
}

/**
 * From POST /v1/runs until the fault is in effect, and from the cancellation until it is proven undone, beside the same done by the
 * Kubernetes client alone and, where they can, by the Chaos Toolkit and by LitmusChaos. In effect is when the agent has read it from the kernel; for a
 * deleted pod, when a watch of the API has it.
 */
export async function inject(print: (line: string) => void, checkout?: string): Promise<Found> {
  await using site = await Site.open(labOf(checkout), 4);
  print('squall and what it is compared with are started');
  await using service = await LabService.start(site.lab, 'inject');
  const bench = new InjectBench(site, service, print);
  await bench.first();
  for (const kind of ['latency', 'cpu'] as const) {
    await bench.cold(kind);
    await bench.warm(kind);
    await bench.whole(kind);
  }
  await bench.withBaseline();
  await bench.podDelete();
  await bench.chaosToolkit();
  await bench.litmus();
  await bench.roundTrips();
  return bench.found();
}

class InjectBench {
  readonly #site: Site;
  readonly #service: LabService;
  readonly #raw: RawClient;
  readonly #print: (line: string) => void;
  readonly #values: Record<string, number[]> = {};
  readonly #breakdowns: Record<string, Breakdown[]> = {};
  readonly #missing: string[] = [];
  readonly #before: Record<string, number> = {};
  /** what squall chose for packets on this kernel; the raw call asks for the same */
  #mechanism = 'nfqueue';

  constructor(site: Site, service: LabService, print: (line: string) => void) {
    this.#site = site;
    this.#service = service;
    this.#raw = new RawClient(site.config, site.namespace, site.lab.images.agent);
    this.#print = print;
  }

  #add(name: string, value: number): void {
    const values = this.#values[name] ?? [];
    values.push(value);
    this.#values[name] = values;
  }

  #divide(name: string, parts: Breakdown): void {
    const all = this.#breakdowns[name] ?? [];
    all.push(parts);
    this.#breakdowns[name] = all;
  }

  #run(experiment: object, cancel = true, more: object = {}): Promise<OneRun> {
    return runOnce(this.#service, documentOf(this.#site.namespace, experiment, more), cancel);
  }

  /** The first run of a worker that has just been started, on pods that nothing was put into. */
  async first(): Promise<void> {
    this.#print('the first run of a new worker');
    const [pod = ''] = await this.#site.freshPods();
    const run = await this.#run({ ...faults.latency, duration, target: { names: [pod] }, hypothesis: [] });
    this.#mechanism = run.evidence.prepared?.mechanism ?? this.#mechanism;
    this.#keep('the first run of a worker', run);
  }

  async cold(kind: Kind): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      this.#print(`${kind}, cold: ${i + 1} of ${times}`);
      const [pod = '', other = ''] = await this.#site.freshPods();
      this.#keep(`${kind}, cold`, await this.#run({ ...faults[kind], duration, target: { names: [pod] }, hypothesis: [] }));
      await this.#rawCarried(`${kind}, cold`, kind, other, true);
    }
  }

  async warm(kind: Kind): Promise<void> {
    const [pod = '', other = ''] = await this.#site.freshPods();
    const experiment = { ...faults[kind], duration, target: { names: [pod] }, hypothesis: [] };
    await this.#run(experiment);
    await this.#raw.addAgent(other, rawAgent, kind === 'cpu' ? 'process' : 'network');
    for (let i = 0; i < warmTimes; i += 1) {
      this.#print(`${kind}, warm: ${i + 1} of ${warmTimes}`);
      this.#keep(`${kind}, warm`, await this.#run(experiment));
      await this.#rawCarried(`${kind}, warm`, kind, other, false);
    }
  }

  /** To their planned end: what an experiment takes beside the time its fault is to hold. */
  async whole(kind: Kind): Promise<void> {
    const pods = await this.#site.pods();
    const used = pods.find(({ spec }) => spec?.ephemeralContainers?.some(({ name }) => name !== rawAgent))?.metadata?.name ?? '';
    for (let i = 0; i < times; i += 1) {
      this.#print(`${kind}, to its end: ${i + 1} of ${times}`);
      const run = await this.#run({ ...faults[kind], duration: shortDuration, target: { names: [used] }, hypothesis }, false);
      const { evidence, experiment } = run;
      if (evidence.injected === null) throw new Error(`${kind} was not injected: ${JSON.stringify(evidence.problem)}`);
      const heldMs = evidence.endsAt - evidence.injected.injectedAt;
      this.#add(`${kind}, warm: ${overhead}`, experiment.closedAt - experiment.startedAt - heldMs);
      this.#divide(
        `${kind}, warm: ${overhead}`,
        withoutHold(breakdown(experiment.steps, experiment.startedAt, experiment.closedAt), heldMs),
      );
    }
  }

  /** A campaign that is judged: its hypothesis is looked at for two seconds before any fault. */
  async withBaseline(): Promise<void> {
    const [pod = ''] = await this.#site.freshPods();
    const experiment = { ...faults.latency, duration, target: { names: [pod] }, hypothesis };
    await this.#run(experiment);
    for (let i = 0; i < times; i += 1) {
      this.#print(`latency, warm, after a baseline: ${i + 1} of ${times}`);
      this.#keep(afterBaseline, await this.#run(experiment));
    }
  }

  async podDelete(): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      using watch = await PodWatch.open(this.#site.config, this.#site.namespace);
      this.#print(`pod-delete: ${i + 1} of ${times}`);
      const [pod = '', other = ''] = (await this.#site.pods()).map(({ metadata }) => metadata?.name ?? '');
      const run = await this.#run({ ...faults['pod-delete'], duration: shortDuration, target: { names: [pod] }, hypothesis: [] }, false);
      this.#keep('pod-delete', run, await watch.deletionOf(pod));
      const began = Date.now();
      await this.#raw.deletePod(other);
      this.#add(`pod-delete: ${rawToEffect}`, (await watch.deletionOf(other)) - began);
    }
  }

  async chaosToolkit(): Promise<void> {
    await this.#peer('the Chaos Toolkit', toolkitToEffect, toolkitWhole, async () => {
      const toolkit = await ChaosToolkit.open(this.#site.lab.kubeconfig, this.#site.namespace);
      this.#print(`the Chaos Toolkit: ${await toolkit.version()}`);
      return toolkit;
    });
  }

  async litmus(): Promise<void> {
    await this.#peer('LitmusChaos', litmusToEffect, litmusWhole, () => Litmus.open(this.#site));
  }

  /** What another tool takes to delete a pod. Whatever keeps it from that is said, and no reason to lose all else. */
  async #peer(name: string, toEffectLabel: string, wholeLabel: string, open: () => Promise<Peer>): Promise<void> {
    try {
      await using stack = new AsyncDisposableStack();
      const peer = await open();
      stack.defer(() => peer[Symbol.asyncDispose]?.());
      for (let i = 0; i < times; i += 1) {
        using watch = await PodWatch.open(this.#site.config, this.#site.namespace);
        this.#print(`${name} deletes a pod: ${i + 1} of ${times}`);
        const [pod = ''] = (await this.#site.pods()).map(({ metadata }) => metadata?.name ?? '');
        const began = Date.now();
        await peer.deletePod(pod);
        const endedAt = Date.now();
        this.#add(`pod-delete: ${toEffectLabel}`, (await watch.deletionOf(pod)) - began);
        this.#add(`pod-delete: ${wholeLabel}`, endedAt - began);
      }
    } catch (error) {
      this.#missing.push(`${name}: ${errorMessage(error)}`);
    }
  }

  async roundTrips(): Promise<void> {
    this.#print('Temporal alone');
    this.#values[roundTrip] = await roundTrips(this.#site.lab.temporalAddress, this.#service.client, 50);
  }

  /** `effectAt`: when it was seen from outside; absent: as the agent has it. */
  #keep(name: string, run: OneRun, effectAt = run.evidence.injected?.injectedAt): void {
    const { postedAt, acceptedAt, cancelledAt, campaign, experiment, evidence } = run;
    if (effectAt === undefined) throw new Error(`${name}: nothing was injected: ${JSON.stringify(evidence.problem)}`);
    this.#add(`${name}: POST answered`, acceptedAt - postedAt);
    this.#add(`${name}: ${toEffect}`, effectAt - postedAt);
    const steps = [...campaign.steps, ...experiment.steps];
    const request = { name: 'POST', until: campaign.startedAt };
    this.#divide(`${name}: ${toEffect}`, breakdown(steps, postedAt, effectAt, request));
    this.#before[`${name}: activities before the fault`] = [...activitiesOf(campaign), ...activitiesOf(experiment)].filter(
      startedBy(effectAt),
    ).length;
    const injected = experiment.steps.find((step) => step.name === 'injectFault');
    if (injected !== undefined) {
      // A watch may have it before the activity's end is written.
      this.#add(`${name}: ${injectStep}`, Math.max(effectAt, injected.startedAt) - injected.scheduledAt);
    }
    if (cancelledAt === undefined || evidence.confirmed === null) return;
    this.#add(`${name}: ${toUndone}`, evidence.confirmed.at - cancelledAt);
    const told = { name: 'cancel', until: experiment.toldToEndAt ?? cancelledAt };
    // The observation that is cut short ends beside them, and keeps nobody waiting.
    const undoing = experiment.steps.filter((step) => step.scheduledAt >= cancelledAt && step.name !== 'observe');
    this.#divide(`${name}: ${toUndone}`, breakdown(undoing, cancelledAt, evidence.confirmed.at, told));
  }

  async #rawCarried(name: string, kind: Kind, pod: string, cold: boolean): Promise<void> {
    const container = rawAgent;
    const id = `raw-${randomUUID().slice(0, 8)}`;
    const began = Date.now();
    if (cold) await this.#raw.addAgent(pod, container, kind === 'cpu' ? 'process' : 'network');
    let startedAt: number;
    if (kind === 'latency') {
      const request = {
        op: 'start',
        id,
        kind: 'network',
        ttlMs: agentTtlMs,
        interface: 'eth0',
        direction: 'egress',
        mechanism: this.#mechanism,
        delayMs: 100,
      };
      startedAt = startedAtOf((await this.#raw.ask(pod, container, request)).fault);
    } else {
      const { pid } = await this.#raw.ask(pod, container, { op: 'abilities' });
      const agent = `/proc/${Number(pid)}/root/squall-agent`;
      const load = ['--kind', 'cpu', '--cores', '1', '--load', '20', '--ttl-ms', String(agentTtlMs)];
      const line = await this.#raw.firstLine(pod, 'main', [agent, 'stress', '--id', id, ...load, '--agent-pid', String(pid)]);
      startedAt = startedAtOf(JSON.parse(line));
    }
    this.#add(`${name}: ${rawToEffect}`, startedAt - began);
    const stopping = Date.now();
    await this.#raw.ask(pod, container, { op: 'stop', id });
    this.#add(`${name}: ${rawUndone}`, Date.now() - stopping);
  }

  found(): Found {
    const spreads = Object.fromEntries(Object.entries(this.#values).map(([name, values]) => [name, spreadOf(values)]));
    const median = (values: number[]) => short(spreadOf(values).median);
    const breakdowns = Object.fromEntries(
      Object.entries(this.#breakdowns).map(([name, all]) => [name, inWords(medianBreakdown(all, median))]),
    );
    return {
      figures: { ...ratios(spreads), ...this.#before },
      spreads,
      breakdowns,
      ...(this.#missing.length > 0 && { missing: this.#missing }),
      checks: checksOf(spreads),
    };
  }
}

function startedBy(at: number): (step: Step) => boolean {
  return ({ startedAt }) => startedAt < at;
}

function startedAtOf(fault: unknown): number {
  if (typeof fault === 'object' && fault !== null && 'startedAt' in fault && typeof fault.startedAt === 'number') return fault.startedAt;
  throw new Error(`found ${JSON.stringify(fault)}, expected the agent to say since when the fault is in effect`);
}

/** The observation takes as long as the fault is to hold, and what it takes beyond that is squall's. */
function withoutHold(parts: Breakdown, heldMs: number): Breakdown {
  return { ...parts, observe: Math.max(0, (parts.observe ?? 0) - heldMs) };
}
