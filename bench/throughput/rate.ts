import { setTimeout as delay } from 'node:timers/promises';
import { Service } from '../api-load/service.ts';
import { short, spreadOf } from '../spread.ts';
import { stubWorker } from '../stub/stub-worker.ts';
import { awaitPassed, start } from './campaigns.ts';
import { costOf } from './process-cost.ts';

/** At once: more than two cores can do, so that the rate is theirs. */
const lanes = 60;
const warmUpMs = 20_000;
const measuredMs = 90_000;
const pollMs = 1_000;
const mebibyte = 2 ** 20;

/** Campaigns one after the other in many lanes, counted once the worker is warm. */
export async function measureRate(print: (line: string) => void) {
  await using service = await Service.start(stubWorker());
  const { apiUrl, workerPid, apiPid } = service;
  let number = 0;
  const ends: { at: number; tookMs: number }[] = [];
  const began = Date.now();
  const measureFrom = began + warmUpMs;
  const until = measureFrom + measuredMs;
  print(`${lanes} campaigns at a time for ${(warmUpMs + measuredMs) / 1000} s`);
  const lane = async (): Promise<void> => {
    while (Date.now() < until) {
      const startedAt = Date.now();
      number += 1;
      await awaitPassed(apiUrl, await start(apiUrl, number), pollMs);
      ends.push({ at: Date.now(), tookMs: Date.now() - startedAt });
    }
  };
  const costs = (async () => {
    await delay(measureFrom - Date.now());
    const before = { worker: costOf(workerPid), api: costOf(apiPid) };
    await delay(until - Date.now());
    return { before, after: { worker: costOf(workerPid), api: costOf(apiPid) } };
  })();
  await Promise.all([...Array.from({ length: lanes }, lane), costs]);
  const { before, after } = await costs;
  const measured = ends.filter(({ at }) => at >= measureFrom && at < until);
  const workerSeconds = after.worker.cpuSeconds - before.worker.cpuSeconds;
  const apiSeconds = after.api.cpuSeconds - before.api.cpuSeconds;
  return {
    durations: spreadOf(measured.map(({ tookMs }) => tookMs)),
    figures: {
      'campaigns of three experiments in a minute': short(measured.length / (measuredMs / 60_000)),
      'CPU time of the worker for one, s': short(workerSeconds / measured.length),
      'CPU time of the API for one, s': short(apiSeconds / measured.length),
      'cores the worker used': short(workerSeconds / (measuredMs / 1000)),
      'memory of the worker at most, MiB': Math.round(after.worker.mostResidentBytes / mebibyte),
    },
  };
}
