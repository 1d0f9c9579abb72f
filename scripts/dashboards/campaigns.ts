import { type Dashboard, DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { activeFaults, writtenAnnotations } from './annotations.ts';
import { bars, lines, stat } from './panels.ts';
import { datasourceVariable, labelVariable } from './variables.ts';

const where = 'campaign=~"$campaign", cluster=~"$cluster", namespace=~"$namespace"';
const noRun = 'no run has ended';

/** What runs have come to: verdicts, scores, faults, recovery. */
export function campaignsDashboard(): Dashboard {
  return new DashboardBuilder('squall: campaigns')
    .uid('squall-campaigns')
    .tags(['squall'])
    .description('What runs of campaigns have come to: verdicts, scores, faults that hold, elections, recovery.')
    .refresh('10s')
    .time({ from: 'now-6h', to: 'now' })
    .withVariable(datasourceVariable())
    .withVariable(labelVariable('cluster', 'Cluster', 'label_values(squall_holds, cluster)'))
    .withVariable(labelVariable('namespace', 'Namespace', 'label_values(squall_runs_total{cluster=~"$cluster"}, namespace)'))
    .withVariable(
      labelVariable('campaign', 'Campaign', 'label_values(squall_runs_total{cluster=~"$cluster", namespace=~"$namespace"}, campaign)'),
    )
    .annotation(activeFaults(where))
    .annotation(writtenAnnotations())
    .withRow(new RowBuilder('Runs'))
    .withPanel(
      stat({
        title: 'Under way',
        description: 'Runs that hold targets now.',
        queries: [['max by (cluster) (squall_holds{cluster=~"$cluster"})', '{{cluster}}']],
      }),
    )
    .withPanel(
      stat({
        title: 'Faults that hold',
        description: 'Faults in effect now.',
        queries: [[`sum(squall_faults_active{${where}}) or vector(0)`, '']],
      }),
    )
    .withPanel(
      stat({
        title: 'Finished',
        description: 'Runs by their verdict, since their worker has started.',
        queries: [[`sum by (verdict) (squall_runs_total{${where}})`, '{{verdict}}']],
        width: 8,
        noValue: noRun,
      }),
    )
    .withPanel(
      stat({
        title: 'Score',
        description: 'Of the last run of each campaign, 0 to 100.',
        queries: [[`max by (campaign) (squall_run_score{${where}})`, '{{campaign}}']],
        width: 8,
        noValue: noRun,
      }),
    )
    .withPanel(
      lines({
        title: 'Score, over time',
        description: 'Of the last run of each campaign, 0 to 100.',
        queries: [[`max by (campaign) (squall_run_score{${where}})`, '{{campaign}}']],
        width: 12,
        noValue: noRun,
      }),
    )
    .withPanel(
      bars({
        title: 'Verdicts, over time',
        description: 'Runs that ended.',
        queries: [[`sum by (verdict) (increase(squall_runs_total{${where}}[$__rate_interval]))`, '{{verdict}}']],
        width: 12,
        noValue: noRun,
      }),
    )
    .withRow(new RowBuilder('Faults'))
    .withPanel(
      lines({
        title: 'Faults that hold, over time',
        description: 'By fault; those of an instant, such as a deletion, do not hold.',
        queries: [[`sum by (fault) (squall_faults_active{${where}}) or vector(0)`, '{{fault}}']],
      }),
    )
    .withPanel(
      bars({
        title: 'Injections',
        description: 'Faults that were injected, by fault.',
        queries: [
          ['sum by (fault) (increase(squall_faults_injected_total{cluster=~"$cluster"}[$__rate_interval])) or vector(0)', '{{fault}}'],
        ],
      }),
    )
    .withPanel(
      bars({
        title: 'Read-backs that missed',
        description: 'Times that a fault was to hold, and did not.',
        queries: [
          ['sum by (fault) (increase(squall_fault_verifications_total{outcome="missed"}[$__rate_interval])) or vector(0)', '{{fault}}'],
        ],
      }),
    )
    .withRow(new RowBuilder('What was measured'))
    .withPanel(
      lines({
        title: 'Samples that missed',
        description: 'Share of the samples of probes that missed their tolerance, or could not be taken, by type of probe.',
        queries: [
          [
            'sum by (type) (rate(squall_probe_samples_total{outcome!="ok"}[$__rate_interval])) / sum by (type) (rate(squall_probe_samples_total[$__rate_interval]))',
            '{{type}}',
          ],
        ],
        unit: 'percentunit',
        noValue: 'none missed',
      }),
    )
    .withPanel(
      lines({
        title: 'Times that probes measured',
        description: 'All but one of a hundred were shorter.',
        queries: [
          ['histogram_quantile(0.99, sum by (type, le) (rate(squall_probe_duration_seconds_bucket[$__rate_interval])))', '{{type}} p99'],
        ],
        unit: 's',
        noValue: 'nothing is measured now',
      }),
    )
    .withPanel(
      lines({
        title: 'Elections',
        description: 'From the fault to the first acknowledged write on the new primary; the last one.',
        queries: [
          [`max by (campaign, namespace) (redis_leader_election_last_duration_seconds{${where}})`, '{{campaign}} in {{namespace}}'],
        ],
        unit: 's',
        noValue: 'none was measured',
      }),
    )
    .withRow(new RowBuilder('Afterwards'))
    .withPanel(
      lines({
        title: 'Recovery',
        description: "From a fault's end until steady state was back: average of the finished experiments.",
        queries: [['sum by (fault) (squall_recovery_seconds_sum) / sum by (fault) (squall_recovery_seconds_count)', '{{fault}}']],
        unit: 's',
        noValue: noRun,
      }),
    )
    .withPanel(
      lines({
        title: 'Undone late',
        description: 'How much later than planned faults ended, on average, by which of the three clocks ended them.',
        queries: [['sum by (clock) (squall_undo_lateness_seconds_sum) / sum by (clock) (squall_undo_lateness_seconds_count)', '{{clock}}']],
        unit: 's',
        noValue: 'no fault has ended',
      }),
    )
    .withPanel(
      stat({
        title: 'Findings',
        description: 'What the analysis has found, by rule.',
        queries: [['sum by (rule) (squall_findings_total) or vector(0)', '{{rule}}']],
        width: 8,
      }),
    )
    .build();
}
