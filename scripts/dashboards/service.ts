import { type Dashboard, DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { writtenAnnotations } from './annotations.ts';
import { bars, lines, stat } from './panels.ts';
import { datasourceVariable, labelVariable } from './variables.ts';

const clusters = 'cluster=~"$cluster"';
const noTraffic = 'nobody has asked';

/** squall itself: its processes, undos, arbiters, janitor, API, and Temporal's side of its workers. */
export function serviceDashboard(): Dashboard {
  return new DashboardBuilder('squall: the service')
    .uid('squall-service')
    .tags(['squall'])
    .description('squall itself: is it up, does it undo, who holds what. Workers are scraped as job squall-worker, the API as squall-api.')
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(datasourceVariable())
    .withVariable(labelVariable('cluster', 'Cluster', 'label_values(squall_holds, cluster)'))
    .annotation(writtenAnnotations())
    .withRow(new RowBuilder('Is all well?'))
    .withPanel(
      stat({
        title: 'Workers',
        description: 'That are scraped, and answer. None: runs stand still.',
        queries: [['sum(up{job="squall-worker"})', '']],
      }),
    )
    .withPanel(stat({ title: 'APIs', description: 'That are scraped, and answer.', queries: [['sum(up{job="squall-api"})', '']] }))
    .withPanel(
      stat({
        title: 'Undos that fail',
        description: 'Faults that are not undone, though they were to be; should be 0.',
        queries: [['sum(squall_undo_failing) or vector(0)', '']],
      }),
    )
    .withPanel(
      stat({
        title: 'Left by the janitor',
        description: 'What it could not undo or not read; should be 0.',
        queries: [[`sum(max by (cluster) (squall_janitor_left{${clusters}})) or vector(0)`, '']],
      }),
    )
    .withPanel(
      stat({
        title: 'Kill switches thrown',
        description: 'Clusters in which no run begins.',
        queries: [[`sum(max by (cluster) (squall_halted{${clusters}}))`, '']],
      }),
    )
    .withPanel(
      stat({
        title: 'Alerts that fire',
        description: 'Of the rules in k8s/monitoring.',
        queries: [['count(ALERTS{alertname=~"Squall.*|Redis.*", alertstate="firing"}) or vector(0)', '']],
      }),
    )
    .withRow(new RowBuilder('Undo, arbiter, janitor'))
    .withPanel(
      bars({
        title: 'Failed attempts to undo',
        description: 'By fault. One that goes on failing is an alert after a minute.',
        queries: [['sum by (fault) (increase(squall_undo_failures_total[$__rate_interval])) or vector(0)', '{{fault}}']],
      }),
    )
    .withPanel(
      lines({
        title: 'Runs that hold, and that wait',
        description: 'By cluster, as its arbiter says. Not proven: runs that are over, and whose targets are not free yet.',
        queries: [
          [`max by (cluster) (squall_holds{${clusters}})`, '{{cluster}} hold'],
          [`max by (cluster) (squall_queue_length{${clusters}})`, '{{cluster}} wait'],
          [`max by (cluster) (squall_holds_unproven{${clusters}})`, '{{cluster}} not proven'],
        ],
      }),
    )
    .withPanel(
      lines({
        title: 'Sweeps of the janitor',
        description: 'In a minute, by cluster and outcome.',
        queries: [
          [`sum by (cluster, outcome) (rate(squall_janitor_sweeps_total{${clusters}}[$__rate_interval])) * 60`, '{{cluster}} {{outcome}}'],
        ],
      }),
    )
    .withRow(new RowBuilder('The API'))
    .withPanel(
      lines({
        title: 'Requests',
        description: 'A second, by status.',
        queries: [['sum by (status) (rate(squall_http_request_duration_seconds_count[$__rate_interval]))', '{{status}}']],
        unit: 'reqps',
        noValue: noTraffic,
      }),
    )
    .withPanel(
      lines({
        title: 'Slow requests',
        description: 'By route: all but one of twenty were quicker.',
        queries: [
          [
            'histogram_quantile(0.95, sum by (route, le) (rate(squall_http_request_duration_seconds_bucket[$__rate_interval])))',
            '{{route}} p95',
          ],
        ],
        unit: 's',
        noValue: noTraffic,
      }),
    )
    .withPanel(
      lines({
        title: 'Streams of events',
        description: 'That are open.',
        queries: [['sum by (instance) (squall_event_streams)', '{{instance}}']],
      }),
    )
    .withRow(new RowBuilder("Temporal, as the workers' runtime sees it"))
    .withPanel(
      lines({
        title: 'Slots in use',
        description: 'Tasks under way, by kind; when all slots are in use, tasks wait.',
        queries: [['sum by (worker_type, task_queue) (temporal_worker_task_slots_used)', '{{worker_type}} {{task_queue}}']],
      }),
    )
    .withPanel(
      lines({
        title: 'Workflow tasks wait',
        description: 'Until a worker takes them: all but one of twenty.',
        queries: [
          [
            'histogram_quantile(0.95, sum by (le) (rate(temporal_workflow_task_schedule_to_start_latency_seconds_bucket[$__rate_interval])))',
            'p95',
          ],
        ],
        unit: 's',
        noValue: 'no workflow task',
      }),
    )
    .withPanel(
      lines({
        title: 'Requests to Temporal that fail',
        description: 'A second, by operation; a server that restarts shows here first.',
        queries: [['sum by (operation) (rate(temporal_request_failure_total[$__rate_interval])) or vector(0)', '{{operation}}']],
        unit: 'reqps',
      }),
    )
    .withRow(new RowBuilder('Processes'))
    .withPanel(
      lines({
        title: 'Memory',
        description: 'Resident, by process.',
        queries: [['process_resident_memory_bytes{job=~"squall-.*"}', '{{job}} {{instance}}']],
        unit: 'bytes',
      }),
    )
    .withPanel(
      lines({
        title: 'CPU',
        description: 'Cores, by process.',
        queries: [['rate(process_cpu_seconds_total{job=~"squall-.*"}[$__rate_interval])', '{{job}} {{instance}}']],
      }),
    )
    .withPanel(
      lines({
        title: 'Event loop',
        description: 'How late it is, by process: all but one of a hundred.',
        queries: [['nodejs_eventloop_lag_p99_seconds{job=~"squall-.*"}', '{{job}} {{instance}}']],
        unit: 's',
      }),
    )
    .withRow(new RowBuilder('What it tells, and what starts it'))
    .withPanel(
      bars({
        title: 'Notifications',
        description: 'By receiver and outcome.',
        queries: [
          ['sum by (receiver, outcome) (increase(squall_notifications_total[$__rate_interval])) or vector(0)', '{{receiver}} {{outcome}}'],
        ],
      }),
    )
    .withPanel(
      bars({
        title: 'Rollouts',
        description: 'That started saved campaigns, or are stuck.',
        queries: [
          ['sum by (schedule, outcome) (increase(squall_rollouts_total[$__rate_interval])) or vector(0)', '{{schedule}} {{outcome}}'],
        ],
      }),
    )
    .build();
}
