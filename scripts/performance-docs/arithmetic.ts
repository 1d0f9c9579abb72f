import type { BenchResult } from '../../bench/result.ts';
import { type Row, table } from './tables.ts';

const runsPerDay = 10_000;
const clusters = 100;
const minutesPerDay = 1_440;
const secondsPerDay = 86_400;
const daysKept = 30;
/** what a run of the arithmetic has */
const experiments = 3;
const holdSeconds = 60;

/** What 10,000 runs a day on 100 clusters take, by what was measured; nothing where it was not. */
export function arithmetic(results: readonly BenchResult[]): string {
  const figure = (bench: string, name: string) => results.find((result) => result.bench === bench)?.figures[name] ?? undefined;
  const perMinute = figure('throughput', 'campaigns of three experiments in a minute');
  const workerSeconds = figure('throughput', 'CPU time of the worker for one, s');
  const apiSeconds = figure('throughput', 'CPU time of the API for one, s');
  const kibibytes = figure('history', 'three experiments on 3 pods: KiB');
  if (perMinute === undefined || workerSeconds === undefined || apiSeconds === undefined || kibibytes === undefined) return '';
  const asked = runsPerDay / minutesPerDay;
  const held = (runsPerDay * experiments * holdSeconds) / secondsPerDay;
  const mebibytesPerDay = (runsPerDay * kibibytes) / 1024;
  const rows: Row[] = [
    ['runs in a minute, were they spread evenly', `${count(runsPerDay)} / ${count(minutesPerDay)}`, tell(asked)],
    [
      'of what one worker did here, with API and Temporal on the same cores',
      `${tell(asked)} / ${tell(perMinute)}`,
      percent(asked / perMinute),
    ],
    [
      'cores that workers keep busy',
      `${count(runsPerDay)} × ${workerSeconds} s / ${count(secondsPerDay)} s`,
      tell((runsPerDay * workerSeconds) / secondsPerDay),
    ],
    [
      'cores that the API keeps busy',
      `${count(runsPerDay)} × ${apiSeconds} s / ${count(secondsPerDay)} s`,
      tell((runsPerDay * apiSeconds) / secondsPerDay),
    ],
    [
      `faults that hold at once, each for ${holdSeconds} s`,
      `${count(runsPerDay)} × ${experiments} × ${holdSeconds} s / ${count(secondsPerDay)} s`,
      tell(held),
    ],
    ['runs of one cluster in a day, and so of one arbiter', `${count(runsPerDay)} / ${clusters}`, tell(runsPerDay / clusters)],
    ['GiB of histories that Temporal takes in a day, and keeps', `${count(runsPerDay)} × ${kibibytes} KiB`, tell(mebibytesPerDay / 1024)],
    [`GiB of them, kept for ${daysKept} days`, `${daysKept} × that`, tell((daysKept * mebibytesPerDay) / 1024)],
  ];
  return `## ${count(runsPerDay)} runs a day on ${clusters} clusters

What that takes, of three experiments on three pods each, by the figures above and by nothing else:

${table(['', 'by', 'makes'], rows)}
Runs that come together take as many times more as they come denser than evenly. What a cluster's own API server takes to answer is not in it.
`;
}

function tell(value: number): string {
  return value >= 100 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(share: number): string {
  return `${tell(share * 100)} %`;
}
