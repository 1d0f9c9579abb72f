import { mostLabelSets } from '../../src/metrics/bounded-labels.ts';
import { type MetricDescription, ownMetrics } from './own-metrics.ts';

/** docs/metrics.md. */
export function renderMetricsPage(): string {
  const { worker, api } = ownMetrics();
  return `# Metrics

What squall tells Prometheus. [monitoring.md](monitoring.md) says how to scrape it, and has alerts and dashboards over it.
This page is made from the registries themselves (\`npm run docs\`); a test keeps it current.

Names are as Prometheus has them: base units (\`_seconds\`, \`_bytes\`), \`_total\` for what only grows, \`squall_\` in front; what is
measured of a redis begins with \`redis_\`. Beside these, both processes export what Node tells of itself (\`process_*\`, \`nodejs_*\`).

**Bounded**: names of campaigns, namespaces and saved campaigns are chosen by users. A process exports the first ${mostLabelSets} sets of such
values as they are; in every further one they are \`other\`. All other labels have few values: names of the catalogue, verdicts, routes.

## The worker

At \`SQUALL_WORKER_METRICS_HOST:SQUALL_WORKER_METRICS_PORT/metrics\`.

${table(worker)}

On the same page is what Temporal's runtime measures (\`temporal_*\`, in seconds): \`temporal_worker_task_slots_used\` and
\`temporal_worker_task_slots_available\` by \`worker_type\`, \`temporal_num_pollers\`, \`temporal_workflow_task_execution_latency_seconds\`,
\`temporal_activity_execution_latency_seconds\`, \`temporal_activity_execution_failed_total\`, \`temporal_request_latency_seconds\` by
\`operation\` and many more; [Temporal's reference](https://docs.temporal.io/references/sdk-metrics) has them all.

## The API

At \`/metrics\` of its own address, with a caller's key where one is asked for.

${table(api)}
`;
}

function table(metrics: readonly MetricDescription[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => {
    const list = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${list} | ${help} |`;
  });
  return ['| metric | type | labels | what it says |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
