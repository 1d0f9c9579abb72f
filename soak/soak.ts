import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureNeeds, soakNeeds } from '../lab/packages.ts';
import { Progress } from '../lab/progress.ts';
import { labInUse } from '../lab/share.ts';
import { readLabState } from '../lab/state.ts';
import { checkAcknowledged } from './acknowledged.ts';
import type { SoakArguments } from './arguments.ts';
import { Checker } from './checker/checker.ts';
import { keyOf } from './checker/sighting.ts';
import { Killer } from './kill/killer.ts';
import { LabParts } from './kill/lab-parts.ts';
import { killAll } from './kill-loop.ts';
import { runLane } from './lane-runner.ts';
import { agentLanes, lanes } from './lanes.ts';
import { Ledger } from './ledger/ledger.ts';
import type { SoakResult } from './ledger/records.ts';
import { planKill } from './plan.ts';
import { resultOf } from './result.ts';
import { Clock } from './service/clock.ts';
import { Service } from './service/service.ts';
import { Site } from './site.ts';
import { Watcher } from './watcher.ts';

const root = join(import.meta.dirname, '..');
/** How long the runs under way may take to end when the kills are over. */
const drainMs = 150_000;
const dayMs = 86_400_000;

export type SoakOptions = Omit<SoakArguments, 'json' | 'lab'> & {
  /** the checkout whose lab is used */
  lab: string;
  print: (line: string) => void;
  /** ends it early */
  signal: AbortSignal;
};

/**
 * Lets campaigns go on while what they need dies, and keeps account. Whatever happens, the lab is healthy afterwards, and what the
 * soak has put there is gone.
 * @throws Error when it could not be begun
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { seed, print, signal } = options;
  const startedAt = Date.now();
  await ensureNeeds(new Progress(), soakNeeds);
  const state = readLabState(options.lab);
  if (state === undefined) throw new Error(`soak: the lab of ${options.lab} is not up; expected one: npm run lab -- up`);
  const { lab, config } = await labInUse(options.lab);
  const parts = new LabParts(lab, config);
  const id = randomBytes(2).toString('hex');
  const folder = join(root, 'out/soak', id);
  mkdirSync(folder, { recursive: true });
  print(`seed ${JSON.stringify(seed)}; logs in ${folder}`);

  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => parts.heal());
  await parts.heal();
  const clock = await Clock.create(folder);
  if (!clock.works) print('no libfaketime on this machine: the worker is killed where its clock would be stepped');
  const nodes = await parts.nodes();
  const [service, site] = await Promise.all([
    Service.start(state, folder, clock),
    Site.create(
      state,
      id,
      nodes.map(({ name }) => name),
    ),
  ]);
  cleanUp.use(site);
  cleanUp.use(service);
  print(`deployed after ${seconds(startedAt)}`);

  const killer = new Killer(service, parts);
  const namespaces = [...site.namespaces.values()];
  const checker = await Checker.open({ api: parts.api, namespaces, redisApp: 'redis', nodes, stopped: () => killer.stopped });
  const laneOf = new Map([
    ...[...site.namespaces].map(([lane, namespace]) => [namespace, lane] as const),
    ...nodes.map(({ name }) => [name, 'nodes'] as const),
  ]);
  const ledger = new Ledger({
    seed,
    graceMs: options.graceMs,
    laneOf: (owner) => laneOf.get(owner),
    onFailure: ({ kind, lane, fault, run, detail, replay }) =>
      print(`FAILURE ${kind}: ${lane} ${fault ?? ''} ${run ?? ''}: ${detail}\n  ${replay ?? ''}`),
  });
  const watcher = new Watcher(checker, namespaces);
  watcher.onLook((look) => ledger.look(look));
  watcher.onLook(({ at, sightings, blind }) => {
    const line = { at: new Date(at).toISOString(), sightings: sightings.map(keyOf), blind };
    appendFileSync(join(folder, 'looks.ndjson'), `${JSON.stringify(line)}\n`);
  });
  watcher.start();

  const stopping = new AbortController();
  const abandoned = new AbortController();
  const common = {
    seed,
    only: options.fault,
    apiUrl: service.apiUrl,
    ledger,
    watcher,
    stopping: stopping.signal,
    signal: abandoned.signal,
  };
  const running = lanes.map((lane) =>
    runLane({ ...common, lane, namespace: site.namespace(lane.name), print }).catch((error: unknown) => {
      ledger.fail('broken', null, lane.name, error instanceof Error ? error.message : String(error), Date.now());
    }),
  );
  const plan = { seed, lanes: lanes.map(({ name }) => name), agentLanes, clockSteps: clock.works };
  const numbers = options.only === undefined ? Array.from({ length: options.kills }, (_, index) => index + 1) : [options.only];
  const kills = numbers.map((number) => {
    const kill = planKill(number, plan);
    return options.ageMs === undefined ? kill : { ...kill, ageMs: options.ageMs };
  });
  const report = setInterval(() => print(summary(ledger)), 60_000);
  try {
    await killAll({
      kills,
      ledger,
      killer,
      watcher,
      namespace: (lane) => site.namespace(lane),
      hands: options.hands,
      only: options.fault,
      endsAt: options.minutes === undefined ? startedAt + dayMs : startedAt + options.minutes * 60_000,
      signal,
      print,
    });
    stopping.abort();
    const drained = await Promise.race([Promise.all(running).then(() => true), delay(drainMs, false, { ref: false })]);
    if (!drained) {
      for (const run of ledger.runs) {
        if (run.endedAt === null) ledger.fail('lost', run, run.lane, `the run goes on ${drainMs / 1000} s after the last kill`, Date.now());
      }
    }
    await checkAcknowledged(ledger, service.client);
  } finally {
    clearInterval(report);
    stopping.abort();
    abandoned.abort();
    await Promise.all(running);
    await watcher.close().catch((error: unknown) => {
      ledger.fail('broken', null, '', error instanceof Error ? error.message : String(error), Date.now());
    });
  }
  print(summary(ledger));
  const unexpectedEnds = Object.fromEntries(
    [service.worker, service.api, service.temporal].map((each) => [each.name, each.unexpectedEnds]),
  );
  return resultOf(ledger, { seed, startedAt, killsAsked: kills.length, unexpectedEnds });
}

function summary({ kills, runs, reports, failures, looks, looksWithSightings }: Ledger): string {
  const ended = runs.filter(({ endedAt }) => endedAt !== null).length;
  const passed = reports.filter(({ report }) => report.verdict === 'Passed').length;
  return `${kills.length} kills, ${runs.length} runs, ${ended} ended (${passed} passed), ${failures.length} failures; the checker looked ${looks} times and saw faults ${looksWithSightings} times`;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
