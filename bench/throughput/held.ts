import { reportOf, startRun } from '../../test/support/runs.ts';
import type { Service } from '../api-load/service.ts';
import { short } from '../spread.ts';

/** More than a worker does side by side by the SDK's own measure, which is 100 activities. */
const count = 150;
const hold = '20s';
const postsAtOnce = 8;

export interface Held {
  count: number;
  /** faults that held at the same moment, at most */
  atOnce: number;
  /** how long after its planned end the last of them was undone */
  latestMs: number;
  /** not by the workflow in time, but by what carries it, at its deadline */
  undoneByCarrier: number;
  passed: number;
}

/** Many runs at once whose faults hold for a while: each observes while its fault holds, and its undo must not wait for the others. */
export async function holdMany({ apiUrl }: Service): Promise<Held> {
  const ids: string[] = [];
  let number = 0;
  const poster = async (): Promise<void> => {
    while (number < count) {
      number += 1;
      ids.push(await startRun(apiUrl, documentOf(number)));
    }
  };
  await Promise.all(Array.from({ length: postsAtOnce }, poster));
  const reports = await Promise.all(ids.map((id) => reportOf(apiUrl, id)));
  const experiments = reports.flatMap((report) => report.experiments);
  const spans = experiments.flatMap(({ injectedAt, revertedAt }) =>
    injectedAt === null || revertedAt === null ? [] : [[Date.parse(injectedAt), Date.parse(revertedAt)] as const],
  );
  return {
    count,
    atOnce: Math.max(...spans.map(([at]) => spans.filter(([from, to]) => from <= at && at < to).length)),
    latestMs: short(Math.max(...experiments.map(({ revertLateMs }) => revertLateMs ?? Number.NaN))),
    undoneByCarrier: experiments.filter(({ revertedBy }) => revertedBy !== 'workflow').length,
    passed: reports.filter(({ verdict }) => verdict === 'Passed').length,
  };
}

function documentOf(number: number): string {
  return JSON.stringify({
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'held' },
    spec: {
      target: { namespace: `held-${number}`, kind: 'Deployment', name: 'cart' },
      // Sampled throughout, as a hypothesis about users is.
      hypothesis: [{ name: 'whole', type: 'pods-ready', when: 'continuous', interval: '1s' }],
      steps: [
        { experiment: { name: 'slow', fault: 'pod-network-latency', target: 'all', parameters: { latency: '100ms' }, duration: hold } },
      ],
    },
  });
}
