import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import type { Report } from '../../src/contracts/report.ts';
import { experimentWorkflowId } from '../../src/contracts/run.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { runProgram } from '../support/run-program.ts';
import { awaitEvent, reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

const root = join(import.meta.dirname, '../..');
const count = 20;
/** No redis: squall would know it for one, and look for its replication. */
const image = 'docker.io/library/debian:bookworm-slim';
const isVerified = (event: RunEvent) => event.type === 'fault.verified';

// The kill switch on real faults. How fast it is depends on the machine and on what else it does: that is reported, not judged.
describe('squall halt', function () {
  this.timeout(600_000);
  let lab: LabCluster;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  const names = Array.from({ length: count }, (_, index) => `pod-${index}`);

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    [lab, temporal] = await Promise.all([LabCluster.open('halt'), createTemporal()]);
    squall = await SquallProcesses.start(state, temporal.address);
    await Promise.all(names.map((name) => lab.space.createPod(name, ['sleep', '3600'], { image })));
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await lab?.[Symbol.asyncDispose]();
  });

  function document(pod: string): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: ${pod}}
spec:
  target: {namespace: ${lab.space.name}, selector: app=${pod}}
  steps:
    - experiment: {name: slow, fault: pod-network-latency, target: all, parameters: {latency: 200ms}, duration: 10m}
`;
  }

  /** Its stream is cut off when Temporal does not answer in time; a new one begins at the beginning. */
  async function awaitVerified(run: string): Promise<void> {
    for (;;) {
      try {
        await awaitEvent(squall.apiUrl, run, isVerified);
        return;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    }
  }

  /** The command in a process of its own, with nothing but Temporal's address. */
  async function command(...words: string[]): Promise<{ code: number | null; output: string; began: number; ended: number }> {
    const began = Date.now();
    const { code, output } = await runProgram(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts'), ...words],
      root,
      { TEMPORAL_ADDRESS: temporal.address },
    );
    return { code, output, began, ended: Date.now() };
  }

  it(`undoes ${count} faults of ${count} runs without the API, refuses new runs, and lets them begin again when it is lifted`, async () => {
    // One after another: how many runs a small Temporal starts at once is not what is tested.
    const runs: string[] = [];
    for (const name of names) {
      runs.push(await startRun(squall.apiUrl, document(name)));
      await awaitVerified(runs.at(-1) ?? '');
    }

    const halted = await command('halt', '--reason', 'customers see errors', '--actor', 'ann', '--output', 'json');
    assert.equal(halted.code, 0, halted.output);
    const [told] = JSON.parse(halted.output) as {
      cluster: string;
      state: string;
      runs: { runId: string; undoneAfterMs: number | null }[];
    }[];
    assert.equal(told?.state, 'halted');
    assert.deepEqual(told.runs.map(({ runId }) => runId).sort(), [...runs].sort());

    const reports = await Promise.all(runs.map((run) => reportOf(squall.apiUrl, run)));
    for (const { verdict, reason, experiments } of reports) {
      assert.equal(verdict, 'Aborted', reason);
      assert.match(reason, /ann.*customers see errors/);
      assert.ok(experiments.every(({ confirmedAt }) => confirmedAt !== null));
    }
    const thrownAt = await switchThrownAt();
    write(reports, await Promise.all(runs.map(stagesOf)), thrownAt, halted.ended - halted.began);

    const late = await reportOf(squall.apiUrl, await startRun(squall.apiUrl, document('pod-0')));
    assert.deepEqual(
      late.refusals.map(({ code }) => code),
      ['halted'],
    );
    assert.match(late.refusals[0]?.message ?? '', /^ann halted all chaos on the cluster at 20.*: customers see errors/);
    const { code, output } = await command('lift', '--actor', 'bob');
    assert.equal(code, 0, output);
    const again = await startRun(squall.apiUrl, document('pod-0'));
    await awaitVerified(again);
    assert.equal((await command('halt', '--reason', 'the end of the test')).code, 0);
    await reportOf(squall.apiUrl, again);
  });

  /** When Temporal had the signal. */
  async function switchThrownAt(): Promise<number> {
    const { events } = await temporal.client.workflow.getHandle('squall-arbiter-default').fetchHistory();
    const signal = events?.find((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'halt');
    return Number(signal?.eventTime?.seconds ?? 0) * 1_000 + (signal?.eventTime?.nanos ?? 0) / 1_000_000;
  }

  /** When the run's experiment was told, and when a worker began to undo and was done, ms since the epoch, by Temporal's clock. */
  async function stagesOf(run: string): Promise<Record<'told' | 'asked' | 'begun' | 'undone', number>> {
    const { events = [] } = await temporal.client.workflow.getHandle(experimentWorkflowId(run, 1, 'slow')).fetchHistory();
    const time = (event: (typeof events & object)[number] | undefined) =>
      Number(event?.eventTime?.seconds ?? 0) * 1_000 + (event?.eventTime?.nanos ?? 0) / 1_000_000;
    const all = events ?? [];
    const told = all.find((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'halt');
    const asked = all.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'revertFault');
    const begun = all.find((event) => String(event.activityTaskStartedEventAttributes?.scheduledEventId) === String(asked?.eventId));
    const undone = all.find((event) => String(event.activityTaskCompletedEventAttributes?.scheduledEventId) === String(asked?.eventId));
    return { told: time(told), asked: time(asked), begun: time(begun), undone: time(undone) };
  }

  function write(reports: Report[], stages: Awaited<ReturnType<typeof stagesOf>>[], thrownAt: number, commandMs: number): void {
    const sinceThrown = (time: string | null | undefined) => Math.round(Date.parse(time ?? '') - thrownAt);
    const reverted = reports.map(({ experiments }) => sinceThrown(experiments[0]?.revertedAt));
    const confirmed = reports.map(({ experiments }) => sinceThrown(experiments[0]?.confirmedAt));
    assert.ok(
      [...reverted, ...confirmed].every((ms) => ms > 0),
      `not after the switch was thrown: ${reverted.join()}; ${confirmed.join()}`,
    );
    const stage = (name: keyof (typeof stages)[number]) => summary(stages.map((one) => Math.round(one[name] - thrownAt)));
    const figures = {
      faults: count,
      /** fault gone, by its report; and read back as gone */
      revertedMs: summary(reverted),
      provenMs: summary(confirmed),
      /** of the way there: the experiment was told, asked for the undo, a worker began it, a worker was done */
      stagesMs: { told: stage('told'), asked: stage('asked'), begun: stage('begun'), undone: stage('undone') },
      commandMs,
    };
    mkdirSync(join(root, '.squall'), { recursive: true });
    writeFileSync(join(root, '.squall/halt.json'), `${JSON.stringify(figures, null, 2)}\n`);
    process.stdout.write(`    halt of ${count} faults, ms after the switch was thrown: ${JSON.stringify(figures)}\n`);
  }
});

function summary(values: number[]): { p50: number; p95: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
