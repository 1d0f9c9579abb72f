import { setTimeout as delay } from 'node:timers/promises';
import type { RunResource } from '../../src/api/run-resource.ts';
import { startRun } from '../../test/support/runs.ts';

/** Three experiments, in a namespace of its own, as an author writes them: judged by the default hypothesis. */
export function documentOf(number: number, firstSteps: object[] = []): string {
  const namespace = `shop-${number}`;
  return JSON.stringify({
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'three' },
    spec: {
      target: { namespace, kind: 'Deployment', name: 'cart' },
      steps: [
        ...firstSteps,
        { experiment: { name: 'slow', fault: 'pod-network-latency', target: 'all', parameters: { latency: '100ms' }, duration: '1s' } },
        { experiment: { name: 'busy', fault: 'pod-cpu-hog', target: 'all', duration: '1s' } },
        { experiment: { name: 'lose', fault: 'pod-delete', target: { percent: '33%' }, duration: '1s' } },
      ],
    },
  });
}

export function start(apiUrl: string, number: number, firstSteps: object[] = []): Promise<string> {
  return startRun(apiUrl, documentOf(number, firstSteps));
}

/** Waits until a run has ended, and asserts that it passed. */
export async function awaitPassed(apiUrl: string, id: string, pollMs: number): Promise<void> {
  for (;;) {
    const run = await read(apiUrl, id);
    if (run.endedAt !== null) {
      if (run.verdict !== 'Passed') throw new Error(`run ${id}: found verdict ${run.verdict}, expected Passed`);
      return;
    }
    await delay(pollMs);
  }
}

async function read(apiUrl: string, id: string): Promise<RunResource> {
  const response = await fetch(`${apiUrl}/v1/runs/${id}`);
  if (!response.ok) throw new Error(`GET of run ${id}: HTTP ${response.status}: ${await response.text()}`);
  return (await response.json()) as RunResource;
}
