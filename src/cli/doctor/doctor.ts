import { type Config, ConfigError, readConfig } from '../../config.ts';
import type { Finding } from '../../contracts/sweep.ts';
import { connectCluster } from '../../kubernetes/connect-cluster.ts';
import type { Paint } from '../../report/paint.ts';
import { wrap } from '../../report/table.ts';
import { rootMessage } from '../../root-message.ts';
import { sweep } from '../../sweep/sweep.ts';
import { type ChosenCluster, chosenClusters } from '../chosen-clusters.ts';
import { doctorAreas, type doctorOptions } from '../commands/clusters.ts';
import type { Given } from '../declare.ts';
import { print } from '../output.ts';
import { tellFindings } from '../tell-findings.ts';
import { paintFor } from '../terminal.ts';
import { type Area, type Check, failed, ok } from './check.ts';
import { checkApi } from './check-api.ts';
import { checkAnswer, checkKernels, checkRights } from './check-cluster.ts';
import { checkPrometheus, checkWorkerMetrics } from './check-metrics.ts';
import { checkTemporal } from './check-temporal.ts';

/** A cluster that is away must not keep the others waiting. */
const clusterMs = 8_000;

interface Diagnosis {
  checks: Check[];
  /** what squall left in the clusters, and what it does there now */
  findings: Finding[];
}

/** `squall doctor`: 1 when something is wrong, or something is left that nobody undoes. */
export async function doctor({ options }: Given<typeof doctorOptions>): Promise<number> {
  const areas = new Set<Area>(options.only.length === 0 ? doctorAreas : options.only);
  const diagnosis = await examine(areas, options);
  print(options.output, diagnosis, () => tell(diagnosis, areas));
  return diagnosis.checks.some(({ state }) => state === 'failed') ? 1 : 0;
}

type Where = Pick<Given<typeof doctorOptions>['options'], 'api' | 'context' | 'namespace'>;

async function examine(areas: ReadonlySet<Area>, where: Where): Promise<Diagnosis> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const checks = error.problems.map(({ variable, found, expected }) =>
      failed('configuration', variable, `found ${found}`, `expected ${expected}`),
    );
    return { checks, findings: [] };
  }
  const [api, temporal, metrics, ...clusters] = await Promise.all([
    areas.has('api') ? checkApi(where.api) : [],
    areas.has('temporal') ? checkTemporal(config).catch(asCheck('temporal', config.temporal.connection.address)) : [],
    areas.has('metrics') ? Promise.all([checkWorkerMetrics(config)]) : [],
    ...chosenClusters(config, where.context).map((cluster) => examineCluster(areas, cluster, where.namespace)),
  ]);
  return {
    checks: [...api, ...temporal, ...clusters.flatMap(({ checks }) => checks), ...metrics],
    findings: clusters.flatMap(({ findings }) => findings),
  };
}

async function examineCluster(areas: ReadonlySet<Area>, chosen: ChosenCluster, namespace: string | undefined): Promise<Diagnosis> {
  const subject = `cluster ${chosen.name}`;
  const checks: Check[] = areas.has('metrics') ? [await checkPrometheus(subject, chosen.prometheusUrl)] : [];
  if (!(['clusters', 'rights', 'kernels', 'leftovers'] as const).some((area) => areas.has(area))) return { checks, findings: [] };
  try {
    await using cluster = connectCluster({ name: chosen.name, ...chosen.source, timeoutMs: clusterMs });
    const answer = await checkAnswer(cluster);
    // What does not answer is told whatever was asked for: nothing else can be found out of it.
    if (areas.has('clusters') || answer.state === 'failed') checks.push(answer);
    if (answer.state === 'failed') return { checks, findings: [] };
    if (areas.has('rights')) checks.push(await checkRights(cluster, namespace ?? ''));
    if (areas.has('kernels')) checks.push(...(await checkKernels(cluster)));
    if (!areas.has('leftovers')) return { checks, findings: [] };
    const context = { cluster, agentImage: chosen.agentImage, reach: chosen.reach, signal: new AbortController().signal };
    const scope = namespace === undefined ? {} : { namespace, nodes: false };
    const { findings } = await sweep(context, { scope, dryRun: true });
    return { checks: [...checks, checkLeft(subject, findings)], findings };
  } catch (error) {
    return { checks: [...checks, ...asCheck('clusters', subject)(error)], findings: [] };
  }
}

function checkLeft(subject: string, findings: readonly Finding[]): Check {
  const left = findings.filter(({ state }) => state === 'overdue' || state === 'orphan');
  if (left.length === 0) return ok('leftovers', subject, 'nothing is left that nobody undoes');
  return failed(
    'leftovers',
    subject,
    `${left.length} left that nobody undoes: ${left.map(({ where }) => where).join(', ')}`,
    'squall sweep --yes undoes it',
  );
}

function asCheck(area: Area, subject: string): (error: unknown) => Check[] {
  return (error) => [
    failed(area, subject, rootMessage(error), 'the message says what was asked for; squall doctor --only tells the rest apart'),
  ];
}

function tell({ checks, findings }: Diagnosis, areas: ReadonlySet<Area>): string {
  const paint = paintFor(process.stdout);
  const lines = [...Map.groupBy(checks, ({ area }) => area)].flatMap(([area, of]) => [
    paint('strong', area),
    ...of.flatMap((check) => tellCheck(check, paint)),
  ]);
  const left = areas.has('leftovers') ? `\n${tellFindings(findings)}` : '';
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
  return `${lines.join('\n')}\n${left}\n${count('ok')} ok, ${count('warning')} to know of, ${count('failed')} to mend\n`;
}

function tellCheck({ state, subject, seen, mend }: Check, paint: Paint): string[] {
  const mark = { ok: paint('good', 'ok  '), warning: paint('caution', 'warn'), failed: paint('bad', 'FAIL') }[state];
  const [first = '', ...rest] = wrap(`${subject}: ${seen}`, 110);
  const how = mend === null ? [] : wrap(`mend: ${mend}`, 110).map((line, index) => `       ${index === 0 ? '' : '      '}${line}`);
  return [`  ${mark} ${first}`, ...rest.map((line) => `       ${line}`), ...how];
}
