import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { taskQueue } from '../../src/contracts/names.ts';
import { freePort } from '../../src/free-port.ts';
import { makeCodecKey } from '../../src/security/codec-keys.ts';
import { startTracing } from '../../src/tracing/start-tracing.ts';
import { observedActivity } from '../../src/worker/activity-interceptor.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { workflowSinks } from '../../src/worker/workflow-sinks.ts';
import { ApiClient, documentOf } from '../support/api-client.ts';
import { until } from '../support/eventually.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const source = (file: string) => fileURLToPath(new URL(`../../src/${file}`, import.meta.url));
const reportLoaded = new URL('../support/report-loaded.ts', import.meta.url).href;
const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;
const statusError = 2;
const boundMs = 120_000;

type Line = Record<string, unknown>;

/** API and worker as they are installed: what they write, and what they load. */
class Program {
  readonly lines: string[] = [];
  errors = '';
  readonly #child: ChildProcess;

  constructor(file: 'api.ts' | 'worker.ts', environment: Record<string, string>) {
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', reportLoaded, source(file)], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    assert.ok(stdout && stderr);
    createInterface(stdout).on('line', (line) => this.lines.push(line));
    stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.errors += chunk;
    });
  }

  async saying(message: string): Promise<void> {
    await until(async () => {
      assert.equal(this.#child.exitCode, null, `ended: ${this.errors}`);
      return this.lines.some((line) => line.includes(`"msg":"${message}"`));
    }, boundMs);
  }

  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await exited;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** What it wrote that is no line of its log. */
  get besideLines(): string {
    return this.errors.replace(/^loaded: .*\n/m, '');
  }

  get loaded(): string {
    return /^loaded: (.*)$/m.exec(this.errors)?.[1] ?? 'nothing was said';
  }
}

// Temporal, API and worker are real, each a process; no cluster can be reached, so that the run fails as it does then.
describe('what a run leaves in logs and traces', function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), 'squall-observing-'));
  let temporal: TestWorkflowEnvironment;
  const programs: Program[] = [];

  before(async () => {
    temporal = await createTemporal();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    const cluster = { name: 'gone', cluster: { server: `https://127.0.0.1:${await freePort()}` } };
    const context = { name: 'gone', context: { cluster: 'gone', user: 'nobody' } };
    const kubeconfig = { clusters: [cluster], contexts: [context], users: [{ name: 'nobody', user: {} }], 'current-context': 'gone' };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
    writeFileSync(join(folder, 'keys.yaml'), JSON.stringify({ keys: [{ id: 'one', key: makeCodecKey() }] }));
  });
  after(async () => {
    for (const program of programs) program.kill();
    await temporal?.teardown();
    rmSync(folder, { recursive: true });
  });

  async function start(more: Record<string, string>): Promise<{ api: Program; worker: Program; client: ApiClient }> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const environment = {
      TEMPORAL_ADDRESS: temporal.address,
      KUBECONFIG: join(folder, 'kubeconfig'),
      // The first worker makes the bundle of the workflows, and logs that; the second finds it.
      XDG_CACHE_HOME: folder,
      SQUALL_CODEC_KEYS_FILE: join(folder, 'keys.yaml'),
      SQUALL_API_PORT: String(port),
      SQUALL_WORKER_METRICS_PORT: String(metricsPort),
      ...more,
    };
    const [api, worker] = [new Program('api.ts', environment), new Program('worker.ts', environment)];
    programs.push(api, worker);
    await Promise.all([api.saying('listening'), worker.saying('worker ready')]);
    return { api, worker, client: new ApiClient(`http://127.0.0.1:${port}`) };
  }

  async function runToItsEnd(client: ApiClient, document: string): Promise<string> {
    const run = await client.start(document, { traceparent });
    await client.events(run.id, { enough: ({ type }) => type === 'run.finished' });
    return run.id;
  }

  // First, since its worker reads nothing that is encrypted.
  it('has an experiment and its fault as spans below those of the run', async () => {
    await using receiver = await OtlpReceiver.start();
    Object.assign(process.env, receiver.environment);
    const config = { protocol: 'http/json', sampler: 'parentbased_always_on', ratio: 1 } as const;
    const log = pino({ level: 'silent' });
    let runId = '';
    {
      await using _tracing = await startTracing('a-worker', config, { secrets: [], log });
      const worker = await Workers.create({
        connection: temporal.nativeConnection,
        taskQueue,
        workflowBundle: await bundleWorkflows(),
        activities: new HeldActivities().activities,
        interceptors: { activity: [observedActivity] },
        sinks: workflowSinks(),
      });
      const port = await freePort();
      const api = new Program('api.ts', {
        TEMPORAL_ADDRESS: temporal.address,
        SQUALL_API_PORT: String(port),
        ...receiver.environment,
      });
      programs.push(api);
      await worker.runUntil(async () => {
        await api.saying('listening');
        const client = new ApiClient(`http://127.0.0.1:${port}`);
        ({ id: runId } = await client.start(documentOf('simulated'), { traceparent }));
        await client.events(runId, { enough: ({ type }) => type === 'run.finished' });
      });
      await api.end();
    }
    const spans = receiver.spans.filter(({ traceId }) => traceId === caller.traceId);
    const run = only(spans, 'RunWorkflow campaign');
    const experiment = only(spans, 'RunWorkflow experiment');
    const inject = only(spans, 'injectFault');
    assert.deepEqual([experiment.parentSpanId, inject.parentSpanId], [run.spanId, experiment.spanId]);
    assert.equal(only(spans, 'revertFault').parentSpanId, experiment.spanId);
    const {
      'squall.run.id': id,
      'squall.experiment': of,
      'squall.fault': fault,
      'squall.fault.id': faultId,
      'squall.targets': targets,
    } = inject.attributes;
    assert.deepEqual([id, of, fault, targets], [runId, experiment.attributes['squall.experiment'], 'pod-network-latency', 1]);
    assert.match(String(faultId), /^sq[0-9a-f]{16}-1-/);
    for (const name of Object.keys(receiver.environment)) delete process.env[name];
  });

  it('is one trace from the request to the activities, and lines that name the run', async () => {
    await using receiver = await OtlpReceiver.start();
    const { api, worker, client } = await start(receiver.environment);
    const runId = await runToItsEnd(client, secretDocument('traced'));
    await Promise.all([api.end(), worker.end()]);

    assert.deepEqual(receiver.paths, ['/v1/traces']);
    const spans = receiver.spans.filter(({ traceId }) => traceId === caller.traceId);
    const request = only(spans, 'POST /v1/runs');
    const started = only(spans, 'StartWorkflow campaign');
    const run = only(spans, 'RunWorkflow campaign');
    const plans = spans.filter(({ name }) => name === 'makePlan');
    const report = only(spans, 'finishRun');
    assert.deepEqual(
      [request, started, run, plans[0], report].map((span) => [span?.service, span?.parentSpanId]),
      [
        ['squall-api', caller.spanId],
        ['squall-api', request.spanId],
        ['squall-worker', started.spanId],
        ['squall-worker', run.spanId],
        ['squall-worker', run.spanId],
      ],
    );
    assert.equal(plans.length, 4, 'each attempt is a span');
    assert.deepEqual(
      plans.map(({ attributes, status }) => [attributes['temporal.activity.attempt'], attributes['squall.run.id'], status.code]),
      [1, 2, 3, 4].map((attempt) => [attempt, runId, statusError]),
    );
    assert.match(plans[0]?.status.message ?? '', /ECONNREFUSED/);
    const call = spans.find(({ name }) => name === 'kubernetes read namespace');
    assert.deepEqual([call?.parentSpanId, call?.status.code], [plans[0]?.spanId, statusError]);
    assert.equal(run.status.code, statusError);
    assert.notEqual(report.status.code, statusError);
    assert.deepEqual(
      [request.attributes['http.route'], request.attributes['http.response.status_code'], started.attributes['squall.run.id']],
      ['/v1/runs', 202, runId],
    );
    for (const secret of secrets) assert.ok(!receiver.text.includes(secret), `${secret} was sent`);

    const lines = linesOf(api, worker);
    const ended = await temporal.client.workflow.getHandle(runId).fetchHistory();
    assert.ok(
      ended.events?.some((event) => event.workflowExecutionFailedEventAttributes?.failure?.cause),
      'its failure has a cause',
    );
    for (const line of lines.filter(isAboutRun)) assert.equal(line.runId, runId, JSON.stringify(line));
    const attempts = lines.filter(({ msg }) => msg === 'makePlan failed');
    assert.deepEqual(
      attempts.map(({ attempt, traceId, workflowId, service }) => [attempt, traceId, workflowId, service]),
      [1, 2, 3, 4].map((attempt) => [attempt, caller.traceId, runId, 'squall-worker']),
    );
    const posted = lines.find(({ method, route }) => method === 'POST' && route === '/v1/runs');
    assert.deepEqual([posted?.traceId, posted?.service, posted?.runId], [caller.traceId, 'squall-api', runId]);
    const followed = lines.find(({ route }) => route === '/v1/runs/:id/events');
    assert.equal(followed?.runId, runId);
    const failed = lines.find(({ msg }) => msg === 'Workflow failed');
    assert.match(JSON.stringify(failed?.error), /ECONNREFUSED/, 'the error of a line is readable');
    for (const secret of secrets) assert.ok(!JSON.stringify(lines).includes(secret), `${secret} was logged`);
  });

  it('is in lines alone when tracing is off: nothing of it is loaded', async () => {
    const { api, worker, client } = await start({});
    // Refused at once: no worker knows this cluster.
    const runId = await runToItsEnd(client, documentOf('untraced').replace('target: {', 'target: { cluster: nowhere,'));
    await Promise.all([api.end(), worker.end()]);
    assert.deepEqual([api.loaded, worker.loaded], ['', '']);
    const lines = linesOf(api, worker);
    assert.ok(lines.some((line) => line.msg === 'finishRun done' && line.runId === runId));
    assert.ok(lines.every(({ traceId }) => traceId === undefined));
  });
});

const secrets = ['hunter2-hunter2', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'];

/** A document with what its author ought not to have put there. */
function secretDocument(name: string): string {
  const [password, token] = secrets;
  return `${documentOf(name)}
  hypothesis:
    - { name: shop, type: http, url: "http://shop.example/?password=${password}&token=${token}", tolerance: <= 1s }
`;
}

function only(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  const [span] = found;
  assert.ok(span !== undefined && found.length === 1, `${found.length} spans ${name} of ${spans.map((each) => each.name).join(', ')}`);
  return span;
}

/** Every line of both, each with what each has to have. */
function linesOf(...of: Program[]): Line[] {
  for (const program of of) assert.equal(program.besideLines, '', 'all it writes is lines of its log');
  const lines = of.flatMap((program) => program.lines.map((text): Line => JSON.parse(text)));
  assert.ok(lines.length > 10);
  for (const line of lines) {
    const { level, time, msg, service } = line;
    const types = [typeof level, typeof time, typeof msg];
    assert.deepEqual(types, ['number', 'number', 'string'], JSON.stringify(line));
    assert.ok(service === 'squall-api' || service === 'squall-worker', JSON.stringify(line));
  }
  return lines;
}

function isAboutRun({ workflowType, activityType }: Line): boolean {
  return workflowType === 'campaign' || workflowType === 'experiment' || activityType === 'finishRun';
}
