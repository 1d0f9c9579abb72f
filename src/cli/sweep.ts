import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { type Config, readConfig } from '../config.ts';
import type { SweepReport, SweptFinding } from '../contracts/sweep.ts';
import { errorMessage } from '../error-message.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import type { Chosen } from '../sweep/judge.ts';
import { isLeft, type SweepOptions, sweep as sweepCluster } from '../sweep/sweep.ts';
import { openEncryption } from '../temporal/data-converter.ts';
import { temporalRunStates } from '../temporal/run-states.ts';
import { type ChosenCluster, chosenClusters } from './chosen-clusters.ts';
import type { sweepOptions } from './commands/clusters.ts';
import type { Given } from './declare.ts';
import { print, say } from './output.ts';
import { tellFindings } from './tell-findings.ts';
import { UsageError } from './usage-error.ts';

const temporalTimeoutMs = 3_000;
const left = 1;
const unreachable = 69;

/**
 * `squall sweep`: finds what squall left in clusters, and with `--yes` undoes it, straight there: neither the API nor a worker nor
 * Temporal needs to be up. 0: nothing is left; 1: something is; 69: a cluster could not be looked through.
 */
export async function sweep({ options: values }: Given<typeof sweepOptions>): Promise<number> {
  if (values.all && values.run !== undefined) throw new UsageError('sweep: found --all and --run, expected one of them', 'sweep');
  const config = readConfig();
  const chosen: Chosen = values.run !== undefined ? { kind: 'run', run: values.run } : { kind: values.all ? 'all' : 'due' };
  await using runs = await askTemporal(config);
  const options: SweepOptions = {
    scope: values.namespace === undefined ? {} : { namespace: values.namespace, nodes: false },
    chosen,
    dryRun: !values.yes,
    ...runs.options,
  };
  const results = await Promise.all(chosenClusters(config, values.context).map((cluster) => sweepOne(cluster, options)));
  const reports = results.flatMap((result) => ('report' in result ? [result.report] : []));
  const failures = results.flatMap((result) => ('problem' in result ? [result] : []));
  const notAsked = runs.problem ?? reports.find(({ runsNotAsked }) => runsNotAsked !== null)?.runsNotAsked ?? null;
  const told = { runsNotAsked: notAsked, clusters: reports, unreachable: failures };
  print(values.output, told, () => tell(reports, chosen));
  if (notAsked !== null) say(`which runs are over could not be asked: ${notAsked}. ${consequence(chosen)}`);
  for (const { cluster, problem } of failures) say(`cluster ${cluster} could not be looked through: ${problem}`);
  if (failures.length > 0) return unreachable;
  return reports.some(({ findings }) => findings.some(isLeft)) ? left : 0;
}

async function sweepOne(
  { name, source, agentImage, reach }: ChosenCluster,
  options: SweepOptions,
): Promise<{ report: SweepReport } | { cluster: string; problem: string }> {
  try {
    await using cluster = connectCluster({ name, ...source });
    return { report: await sweepCluster({ cluster, agentImage, reach, signal: new AbortController().signal }, options) };
  } catch (error) {
    return { cluster: name, problem: errorMessage(error) };
  }
}

/** Without an answer soon it goes without: this command is for when all else is down. */
async function askTemporal({ temporal }: Config): Promise<{ options: SweepOptions; problem: string | null } & AsyncDisposable> {
  try {
    const connection = await Connection.connect({ ...temporal.connection, connectTimeout: temporalTimeoutMs });
    const { dataConverter } = openEncryption(temporal.codecKeysFile, pino({ level: 'silent' }));
    const states = temporalRunStates(new Client({ connection, namespace: temporal.namespace, dataConverter }));
    const runState: SweepOptions['runState'] = (fault, run) =>
      connection.withDeadline(Date.now() + temporalTimeoutMs, () => states(fault, run));
    return { options: { runState }, problem: null, [Symbol.asyncDispose]: () => connection.close() };
  } catch {
    const problem = `Temporal does not answer at ${temporal.connection.address} (TEMPORAL_ADDRESS)`;
    return { options: {}, problem, [Symbol.asyncDispose]: async () => undefined };
  }
}

function consequence(chosen: Chosen): string {
  if (chosen.kind === 'due') return 'Only what is past its deadline counts as left; --all or --run ID takes the rest, too';
  return chosen.kind === 'all'
    ? 'All faults are taken, those of runs that go on, too'
    : 'All faults of the run are taken, whether or not it goes on';
}

function tell(reports: SweepReport[], chosen: Chosen): string {
  return reports.map((report) => tellReport(report, chosen)).join('\n');
}

function tellReport({ cluster, dryRun, findings }: SweepReport, chosen: Chosen): string {
  const due = findings.filter((finding) => finding.due);
  const done = due.map((finding) => tellUndoing(finding, dryRun));
  const count = due.filter(({ undone }) => undone?.ok === true).length;
  const what = chosen.kind === 'due' ? 'left behind' : chosen.kind === 'all' ? 'faults of all runs' : `of run ${chosen.run}`;
  const summary = dryRun
    ? `${due.length} to undo (${what})${due.length === 0 ? '' : '; nothing was touched: --yes undoes them'}`
    : `${count} of ${due.length} undone (${what})`;
  return `cluster ${cluster}\n${tellFindings(findings)}${done.join('')}${summary}\n`;
}

function tellUndoing({ where, fault, kind, undo, undone }: SweptFinding, dryRun: boolean): string {
  const what = `${fault ?? kind} at ${where}`;
  if (dryRun) return `would undo ${what}: ${undo ?? 'how is not known'}\n`;
  return `${undone?.ok === true ? 'undone' : 'NOT undone'} ${what}: ${undone?.detail ?? 'not tried'}\n`;
}
