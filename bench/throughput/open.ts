import { setTimeout as delay } from 'node:timers/promises';
import { Service } from '../api-load/service.ts';
import { short } from '../spread.ts';
import { stubWorker } from '../stub/stub-worker.ts';
import { awaitPassed, start } from './campaigns.ts';
import { costOf } from './process-cost.ts';

export const openAtOnce = 1_000;
/** of these, so many are approved, and run to their ends: what the rate takes is measured elsewhere */
export const approved = 100;
const postsAtOnce = 8;
const pollMs = 1_000;
const openWithinMs = 900_000;
const mebibyte = 2 ** 20;

/** Opens campaigns that wait for an approval, all together, and has some of them run to their ends while the others stay open. */
export async function measureOpen(print: (line: string) => void) {
  await using service = await Service.start(stubWorker());
  const { apiUrl, workerPid } = service;
  const before = costOf(workerPid);
  print(`${openAtOnce} campaigns are opened`);
  const ids: string[] = [];
  let number = 0;
  // Each waits for a person before its first experiment, so that all are there together.
  const poster = async (): Promise<void> => {
    while (number < openAtOnce) {
      number += 1;
      ids.push(await start(apiUrl, number, [{ approval: { name: 'go', timeout: '1h' } }]));
    }
  };
  const began = Date.now();
  await Promise.all(Array.from({ length: postsAtOnce }, poster));
  for (let waiting = 0; waiting < openAtOnce; await delay(pollMs)) {
    waiting = await count(service, `SquallPhase = 'Paused'`);
    print(`${waiting} wait for their approval`);
    if (Date.now() > began + openWithinMs) throw new Error(`${waiting} campaigns wait after ${openWithinMs} ms, expected ${openAtOnce}`);
  }
  const openMs = Date.now() - began;
  const [open, whileOpen] = [await count(service, `ExecutionStatus = 'Running'`), costOf(workerPid)];
  print(`${approved} of them are approved, and run to their ends`);
  const approvedAt = Date.now();
  const some = ids.slice(0, approved);
  for (const id of some) await approve(apiUrl, id);
  let passed = 0;
  for (const id of some) {
    await awaitPassed(apiUrl, id, pollMs);
    passed += 1;
    if (passed % 25 === 0) print(`${passed} have passed`);
  }
  return {
    open,
    passed,
    figures: {
      'memory of the worker when it was started, MiB': Math.round(before.residentBytes / mebibyte),
      'memory of the worker with 1,000 open, MiB': Math.round(whileOpen.residentBytes / mebibyte),
      'memory of the worker with 1,000 open, at most, MiB': Math.round(whileOpen.mostResidentBytes / mebibyte),
      'opening 1,000, s': short(openMs / 1000),
      [`running ${approved} of them to their ends, s`]: short((Date.now() - approvedAt) / 1000),
      [`memory of the worker once ${approved} of them have run, at most, MiB`]: Math.round(costOf(workerPid).mostResidentBytes / mebibyte),
    },
  };
}

/** By Temporal's list, which lags a little. */
async function count({ temporal }: Service, which: string): Promise<number> {
  const found = await temporal.client.workflow.count(`WorkflowType = 'campaign' AND ${which}`);
  return found.count;
}

async function approve(apiUrl: string, id: string): Promise<void> {
  const response = await fetch(`${apiUrl}/v1/runs/${id}/approve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ approved: true, actor: 'bench' }),
  });
  if (!response.ok) throw new Error(`approval of run ${id}: HTTP ${response.status}: ${await response.text()}`);
}
