import { setTimeout as delay } from 'node:timers/promises';
import { Service } from '../api-load/service.ts';
import { short } from '../spread.ts';
import { awaitPassed, read, start } from './campaigns.ts';
import { costOf } from './process-cost.ts';

export const openAtOnce = 1_000;
const postsAtOnce = 8;
const pollMs = 1_000;
const mebibyte = 2 ** 20;

/** Opens campaigns that wait for an approval, all together, and has them run to their ends. */
export async function measureOpen(print: (line: string) => void) {
  await using service = await Service.start(['bench/stub/worker-process.ts']);
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
  const waiting = new Set(ids);
  while (waiting.size > 0) {
    for (const id of [...waiting]) if ((await read(apiUrl, id)).phase === 'Paused') waiting.delete(id);
    print(`${openAtOnce - waiting.size} wait for their approval`);
    await delay(pollMs);
  }
  const openMs = Date.now() - began;
  const [open, whileOpen] = [await countRunning(service), costOf(workerPid)];
  print('all of them are approved, and run to their ends');
  const approvedAt = Date.now();
  let most = 0;
  for (const id of ids) await approve(apiUrl, id);
  let passed = 0;
  for (const id of ids) {
    await awaitPassed(apiUrl, id, pollMs);
    passed += 1;
    most = Math.max(most, costOf(workerPid).residentBytes);
    if (passed % 100 === 0) print(`${passed} have passed`);
  }
  return {
    open,
    passed,
    figures: {
      'memory of the worker when it was started, MiB': Math.round(before.residentBytes / mebibyte),
      'memory of the worker with 1,000 open, MiB': Math.round(whileOpen.residentBytes / mebibyte),
      'memory of the worker with 1,000 open, at most, MiB': Math.round(costOf(workerPid).mostResidentBytes / mebibyte),
      'memory of the worker while they ran, at most, MiB': Math.round(most / mebibyte),
      'opening 1,000, s': short(openMs / 1000),
      'running 1,000 to their ends, s': short((Date.now() - approvedAt) / 1000),
    },
  };
}

async function countRunning({ temporal }: Service): Promise<number> {
  const { count } = await temporal.client.workflow.count(`WorkflowType = 'campaign' AND ExecutionStatus = 'Running'`);
  return count;
}

async function approve(apiUrl: string, id: string): Promise<void> {
  const response = await fetch(`${apiUrl}/v1/runs/${id}/approve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ approved: true, actor: 'bench' }),
  });
  if (!response.ok) throw new Error(`approval of run ${id}: HTTP ${response.status}: ${await response.text()}`);
}
