// npm run demo: the brief's ChaosEngine against a real redis on a real Kubernetes, from nothing to the report.
// Brings the lab up, deploys redis, starts the worker and the API, posts the document, follows the run, and
// cleans up what it started. scripts/demo/arguments.ts has its usage.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteRedis, deployRedis, makePrimary, type Place } from '../examples/redis/deploy.ts';
import { scrapeProcesses } from '../lab/scrape.ts';
import { type LabState, readLabState } from '../lab/state.ts';
import { parseCampaign } from '../src/campaign/parse.ts';
import type { Campaign } from '../src/contracts/campaign.ts';
import { isBlind } from '../src/dashboards/check-dashboard.ts';
import { formatBytes } from '../src/report/format.ts';
import { renderHtml } from '../src/report/html/render-html.ts';
import { makePaint } from '../src/report/paint.ts';
import { renderText } from '../src/report/text.ts';
import { rootMessage } from '../src/root-message.ts';
import { type DemoArguments, parseDemoArguments, usage } from './demo/arguments.ts';
import { checkDashboards, tellDashboards } from './demo/check-dashboards.ts';
import { CleanUp } from './demo/clean-up.ts';
import { DemoFailure, exitCodeOfVerdict, exitCodes, explain } from './demo/exit.ts';
import { type RunOutcome, runCampaign } from './demo/run-campaign.ts';
import { type Services, startServices } from './demo/services.ts';
import { bringLabUp, isLabUp, takeLabDown } from './test/lab.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'out', 'demo');
const ownDocument = 'examples/redis/brief/chaos-engine.yaml';
/** the pod that document calls the leader */
const ownPrimary = 'redis-leader-0';

const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = makePaint(color);
const startedAt = performance.now();

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function step(line: string): void {
  print(`${paint('faint', `[${((performance.now() - startedAt) / 1_000).toFixed(1)} s]`)} ${line}`);
}

async function main(argv: string[], interruption: AbortSignal): Promise<number> {
  const options = readArguments(argv);
  const { document, campaign } = readCampaign(options);
  const namespace = options.namespace ?? campaign.target.namespace;
  if (namespace !== campaign.target.namespace) step(`redis goes to ${namespace}; the document's target is in ${campaign.target.namespace}`);

  await using cleanUp = new CleanUp(step);
  const lab = await ensureLab(interruption, options.keep ? undefined : cleanUp);
  const place: Place = { kubeconfig: lab.kubeconfig, namespace };
  step(`deploying redis to ${namespace}`);
  if (!options.keep) cleanUp.add('removing redis', () => deleteRedis(place));
  const withProgress = { ...place, signal: interruption, onProgress: (line: string) => step(`  ${line}`) };
  await deployRedis(withProgress);
  if (options.file === undefined) await makePrimary({ ...withProgress, pod: ownPrimary });

  step('starting the worker and the API');
  const services = await startServices(root, lab, folder, options.port);
  const { worker, api, apiUrl } = services;
  cleanUp.add('stopping the worker and the API', async () => {
    await Promise.all([worker.stop(), api.stop()]);
  });
  await Promise.all([worker.ready(interruption), api.ready(interruption)]);
  const stopScraping = await scrapeProcesses(lab.directory, `demo-${process.pid}`, services.scraped);
  cleanUp.add("having the lab's Prometheus forget them", stopScraping);
  step(`the API answers at ${apiUrl}`);

  const lost = AbortSignal.any([worker.ended, api.ended]);
  const outcome = await runCampaign({ apiUrl, document, paint, print, interruption, lost });
  await tellOutcome(outcome, services);
  const blind = lab.prometheusUrl !== null && !interruption.aborted && !(await tellWhatDashboardsSee(lab.prometheusUrl, namespace));
  if (options.keep) {
    keep(services, place);
    cleanUp.forgive();
  }
  const { verdict } = outcome.report;
  return exitCodeOfVerdict[verdict === 'Passed' && blind ? 'Error' : verdict];
}

function readArguments(argv: string[]): DemoArguments {
  try {
    return parseDemoArguments(argv);
  } catch (error) {
    throw new DemoFailure(exitCodes.usage, `${rootMessage(error)}\n${usage}`);
  }
}

/** Reads and checks the document before anything takes time. */
function readCampaign({ file }: DemoArguments): { document: string; campaign: Campaign } {
  const path = file ?? join(root, ownDocument);
  let document: string;
  try {
    document = readFileSync(path, 'utf8');
  } catch (error) {
    throw new DemoFailure(exitCodes.usage, `--file: ${rootMessage(error)}`);
  }
  const parsed = parseCampaign(document, { fileName: file ?? ownDocument });
  if (parsed.ok) return { document, campaign: parsed.campaign };
  throw new DemoFailure(exitCodes.usage, parsed.problems.map((problem) => problem.message).join('\n'));
}

async function ensureLab(interruption: AbortSignal, cleanUp: CleanUp | undefined): Promise<LabState> {
  const wasUp = await isLabUp(root);
  step(wasUp ? 'the lab is up' : 'bringing the lab up');
  if (!wasUp) cleanUp?.add('taking the lab down', () => takeLabDown(root));
  try {
    await bringLabUp(root);
  } catch (error) {
    interruption.throwIfAborted();
    throw new DemoFailure(exitCodes.unreachable, rootMessage(error), { cause: error });
  }
  interruption.throwIfAborted();
  const lab = readLabState(root);
  if (lab === undefined) throw new DemoFailure(exitCodes.unreachable, 'the lab came up, and left no word of where it is');
  return lab;
}

async function tellOutcome({ run, report, secondsToFirstFault }: RunOutcome, { worker, api }: Services): Promise<void> {
  const path = join(folder, 'report.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  const page = join(folder, 'report.html');
  writeFileSync(page, await renderHtml(report, run.links.ui === undefined ? [] : [{ label: "In Temporal's Web UI", href: run.links.ui }]));
  print('');
  process.stdout.write(renderText(report, { color, width: process.stdout.columns ?? 100 }));
  print('');
  const [workerBytes, apiBytes] = await Promise.all([worker.residentBytes(), api.residentBytes()]);
  print(`memory (RSS)         worker ${formatBytes(workerBytes)}, API ${formatBytes(apiBytes)}`);
  print(`POST to first fault  ${secondsToFirstFault === null ? 'none was in effect' : `${secondsToFirstFault.toFixed(2)} s`}`);
  print(`Temporal Web UI      ${run.links.ui ?? 'this Temporal has none'}`);
  print(`report               ${path}`);
  print(`its page             ${page}`);
}

/** False: a panel of a dashboard of the project's has no data, so that nobody would have seen this run by it. */
async function tellWhatDashboardsSee(prometheusUrl: string, namespace: string): Promise<boolean> {
  const checks = await checkDashboards(root, prometheusUrl, namespace);
  for (const line of tellDashboards(checks)) print(line);
  return !checks.some(isBlind);
}

function keep({ worker, api, apiUrl }: Services, { kubeconfig, namespace }: Place): void {
  worker.release();
  api.release();
  print('');
  print(`kept: the API at ${apiUrl} (process ${api.pid}) and the worker (process ${worker.pid}), logs in ${folder}`);
  print(`to stop them:     kill ${api.pid} ${worker.pid}`);
  print(
    `to remove redis:  node scripts/bootstrap.mjs examples/redis/deploy.ts --delete --kubeconfig ${kubeconfig} --namespace ${namespace}`,
  );
  print('the lab:          npm run lab -- down');
}

// The first Ctrl-C cancels the run, which undoes its fault; cleaning up is not cut short by further ones.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    step(interruption.signal.aborted ? 'still undoing and cleaning up' : `${signal}: cancelling; what was begun is undone first`);
    interruption.abort(new DemoFailure(exitCodes.interrupted, 'interrupted'));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2), interruption.signal);
} catch (error) {
  const { text, exitCode } = explain(error);
  process.stderr.write(`demo: ${text}\n`);
  process.exitCode = exitCode;
}
