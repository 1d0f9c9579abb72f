import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { type Dashboard, DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { activeFaults, injectedFaults, writtenAnnotations } from './annotations.ts';
import { lines, stat, states } from './panels.ts';
import { datasourceVariable, labelVariable } from './variables.ts';

const pods = 'namespace=~"$namespace", pod=~"$pod"';

/** A replicated redis, as its users, its exporter and squall see it. Every panel but those of elections must have data. */
export function redisDashboard(): Dashboard {
  return new DashboardBuilder('redis under chaos')
    .uid('squall-redis')
    .tags(['squall', 'redis'])
    .description('A replicated redis as its users, its exporter (redis_exporter) and squall see it; faults are marked.')
    .refresh('5s')
    .time({ from: 'now-15m', to: 'now' })
    .withVariable(datasourceVariable())
    .withVariable(labelVariable('namespace', 'Namespace', 'label_values(redis_up, namespace)'))
    .withVariable(labelVariable('pod', 'Pod', 'label_values(redis_up{namespace=~"$namespace"}, pod)'))
    .annotation(activeFaults('namespace=~"$namespace"'))
    .annotation(injectedFaults(''))
    .annotation(writtenAnnotations())
    .withRow(new RowBuilder('Now'))
    .withPanel(
      stat({
        title: 'Primary',
        description: 'Who says that it is the primary. More than one is a split, or a primary that has not been told yet.',
        queries: [[`redis_instance_info{${pods}, role="master"}`, '{{pod}}']],
        text: BigValueTextMode.Name,
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'Clients of the primary',
        description: 'Connections; the exporter and the replicas are among them.',
        queries: [
          [`redis_connected_clients{${pods}} * on (namespace, pod) group_left () redis_instance_info{${pods}, role="master"}`, '{{pod}}'],
        ],
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'Replicas linked',
        description: 'Replicas whose link to their primary is up.',
        queries: [[`sum by (namespace) (redis_master_link_up{${pods}})`, '{{namespace}}']],
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'Last election',
        description: 'From the fault to the first acknowledged write on the new primary, as squall measured it.',
        queries: [['max by (campaign) (redis_leader_election_last_duration_seconds{namespace=~"$namespace"})', '{{campaign}}']],
        unit: 's',
        width: 6,
        noValue: 'none was measured',
      }),
    )
    .withRow(new RowBuilder('Its users'))
    .withPanel(
      lines({
        title: 'Latency of writes',
        description:
          'Until a write is acknowledged, as the load writer of the example sees it; half of them, and all but one of a hundred.',
        queries: [0.5, 0.99].map((share) => [
          `histogram_quantile(${share}, sum by (namespace, le) (rate(redis_load_write_duration_seconds_bucket{namespace=~"$namespace"}[$__rate_interval])))`,
          `{{namespace}} p${share * 100}`,
        ]),
        unit: 's',
      }),
    )
    .withPanel(
      lines({
        title: 'Writes that fail',
        description: 'Share of the writes of the load writer that were not acknowledged.',
        queries: [
          [
            '1 - sum by (namespace) (rate(redis_load_writes_total{namespace=~"$namespace", outcome="acknowledged"}[$__rate_interval])) / sum by (namespace) (rate(redis_load_writes_total{namespace=~"$namespace"}[$__rate_interval]))',
            '{{namespace}}',
          ],
        ],
        unit: 'percentunit',
      }),
    )
    .withPanel(
      lines({
        title: 'Connected clients',
        description: 'By pod. The alert RedisClientsFew fires below 2.',
        queries: [[`redis_connected_clients{${pods}}`, '{{pod}}']],
      }),
    )
    .withRow(new RowBuilder('Leader and replication'))
    .withPanel(
      states({
        title: 'Leader, over time',
        description: 'Which pod says that it is the primary.',
        queries: [[`max by (namespace, pod) (redis_instance_info{${pods}, role="master"})`, '{{pod}}']],
      }),
    )
    .withPanel(
      lines({
        title: 'Replicas behind',
        description: 'Bytes of the replication stream that a replica has not taken yet.',
        queries: [
          [
            `max by (namespace) (redis_master_repl_offset{${pods}}) - on (namespace) group_right () max by (namespace, pod) (redis_slave_repl_offset{${pods}})`,
            '{{pod}}',
          ],
        ],
        unit: 'bytes',
      }),
    )
    .withPanel(
      lines({
        title: 'Replicas heard of',
        description: "Seconds since the primary heard of each replica; Sentinel's and the application's limits are in seconds, too.",
        queries: [[`max by (namespace, slave_ip) (redis_connected_slave_lag_seconds{${pods}})`, '{{slave_ip}}']],
        unit: 's',
      }),
    )
    .withPanel(
      lines({
        title: 'Elections',
        description: 'The last one, by campaign. The alert RedisElectionSlow fires above 30 s.',
        queries: [['redis_leader_election_last_duration_seconds{namespace=~"$namespace"}', '{{campaign}}']],
        unit: 's',
        noValue: 'none was measured',
      }),
    )
    .withRow(new RowBuilder('The servers'))
    .withPanel(
      lines({
        title: 'Commands',
        description: 'Commands a second, by pod.',
        queries: [[`sum by (pod) (rate(redis_commands_processed_total{${pods}}[$__rate_interval]))`, '{{pod}}']],
        unit: 'ops',
      }),
    )
    .withPanel(
      lines({
        title: 'Time in a command',
        description: 'Average in the server itself: without network and queue.',
        queries: [
          [
            `sum by (pod) (rate(redis_commands_duration_seconds_total{${pods}}[$__rate_interval])) / sum by (pod) (rate(redis_commands_total{${pods}}[$__rate_interval]))`,
            '{{pod}}',
          ],
        ],
        unit: 's',
      }),
    )
    .withPanel(
      lines({
        title: 'Memory',
        description: 'Used by data and buffers, by pod.',
        queries: [[`redis_memory_used_bytes{${pods}}`, '{{pod}}']],
        unit: 'bytes',
      }),
    )
    .build();
}
