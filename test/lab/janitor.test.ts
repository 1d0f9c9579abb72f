import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import { janitorSchedule, workflowTypes } from '../../src/contracts/names.ts';
import { experimentWorkflowId } from '../../src/contracts/run.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import type { JanitorReport } from '../../src/contracts/sweep.ts';
import { ensureJanitor } from '../../src/temporal/janitor-schedule.ts';
import { leaveFault } from '../support/leave-fault.ts';
import { NetworkPods } from '../support/network-pods.ts';
import { awaitEvent, cancelRun, reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

const intervalMs = 5_000;
const isVerified = (event: RunEvent) => event.type === 'fault.verified';

// A Temporal that knows of nothing, a real worker, a real cluster.
describe('the janitor', function () {
  this.timeout(300_000);
  let pods: NetworkPods;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;

  before(async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    [pods, temporal] = await Promise.all([NetworkPods.open('janitor'), createTemporal()]);
    squall = await SquallProcesses.start(lab, temporal.address, { SQUALL_JANITOR_INTERVAL: `${intervalMs / 1000}s` });
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await pods?.[Symbol.asyncDispose]();
  });

  /** Ends of the janitor's workflows that began after `since`, as Temporal has them. */
  async function sweepsSince(since: number): Promise<JanitorReport[]> {
    const reports: JanitorReport[] = [];
    const query = `WorkflowType = '${workflowTypes.janitor}' AND ExecutionStatus = 'Completed' AND StartTime >= '${new Date(since).toISOString()}'`;
    for await (const { workflowId, runId } of temporal.client.workflow.list({ query })) {
      const result: JanitorReport[] = await temporal.client.workflow.getHandle(workflowId, runId).result();
      reports.push(...result);
    }
    return reports;
  }

  async function awaitSweeps(count: number): Promise<JanitorReport[]> {
    const since = Date.now();
    for (;;) {
      const reports = await sweepsSince(since);
      if (reports.length >= count) return reports;
      assert.ok(Date.now() - since < 120_000, `${reports.length} sweeps in 2 minutes, expected ${count}`);
      await delay(500);
    }
  }

  async function awaitReached(withinMs: number): Promise<number> {
    const since = Date.now();
    while (!(await pods.reaches(pods.peer, pods.target))) {
      assert.ok(Date.now() - since < withinMs, `still cut off after ${withinMs} ms`);
    }
    return Date.now() - since;
  }

  function document(name: string, duration: string): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: ${name}}
spec:
  target: {namespace: ${pods.lab.space.name}, selector: app=target}
  policy: {overlap: queue, queueTimeout: 2m}
  steps:
    - experiment: {name: cut, fault: pod-network-loss, target: all, parameters: {percent: 100%}, duration: ${duration}}
`;
  }

  it('is one schedule, whichever worker makes it, and goes on as it was told to by people', async () => {
    const handle = temporal.client.schedule.getHandle(janitorSchedule);
    await Promise.all([1, 2].map(() => ensureJanitor(temporal.client, intervalMs, { clusters: ['default'] })));
    const { spec, policies, action } = await handle.describe();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [intervalMs],
    );
    assert.equal(policies.overlap, 'SKIP');
    assert.ok(action.type === 'startWorkflow' && action.workflowType === workflowTypes.janitor);
    assert.deepEqual(action.args, [{ clusters: ['default'] }]);
    await handle.pause('a person');
    await ensureJanitor(temporal.client, intervalMs, { clusters: ['default'] });
    assert.equal((await handle.describe()).state.paused, true);
    await handle.unpause();
    const [report] = await awaitSweeps(1);
    assert.equal(report?.cluster, 'default');
    assert.equal(report?.runsNotAsked, null);
  });

  it('with an empty Temporal, undoes what is past its deadline, and nothing that a run it does not know has within its time', async () => {
    const runId = `lost-${randomUUID().slice(0, 8)}`;
    const object = { kind: 'object' as const, apiVersion: 'v1', objectKind: 'ConfigMap', namespace: pods.lab.space.name, uid: null };
    for (const name of ['overdue', 'in-time']) {
      await pods.lab.cluster.createObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: object.namespace } });
    }
    const leave = (index: number, name: string, leftMs: number) =>
      leaveFault(pods.lab, {
        runId,
        index,
        fault: 'object-delete',
        parameters: { kind: 'ConfigMap', names: name },
        targets: [{ ...object, name }],
        leftMs,
      });
    const [late] = await Promise.all([leave(1, 'overdue', 8_000), leave(2, 'in-time', 400_000)]);
    const read = (name: string) => pods.lab.cluster.readObject({ apiVersion: 'v1', kind: 'ConfigMap', namespace: object.namespace, name });
    while ((await read('overdue')) === undefined) {
      assert.ok(Date.now() < late.deadline + 120_000, 'not undone two minutes after its deadline');
      await delay(200);
    }
    assert.ok(Date.now() > late.deadline + 10_000, 'undone before the grace has passed');
    await awaitSweeps(2);
    assert.equal(await read('in-time'), undefined, 'undone within its time');
    const event = { apiVersion: 'v1', kind: 'Event', namespace: object.namespace, name: `squall-undone-${late.id}` };
    const told = await pods.lab.cluster.readObject(event);
    assert.match(told !== undefined && 'message' in told ? String(told.message) : '', /undone by squall's janitor/);
  });

  it('leaves the fault of a run alone while it goes on', async () => {
    const id = await startRun(squall.apiUrl, document('living', '5m'));
    await awaitEvent(squall.apiUrl, id, isVerified);
    assert.equal(await pods.reaches(pods.peer, pods.target), false);
    const sweeps = await awaitSweeps(3);
    assert.equal(await pods.reaches(pods.peer, pods.target), false, 'the janitor has undone the fault of a living run');
    assert.ok(sweeps.some(({ found }) => found.active > 0));
    await cancelRun(squall.apiUrl, id);
    const report = await reportOf(squall.apiUrl, id);
    assert.equal(report.experiments[0]?.revertedBy, 'workflow');
    await awaitReached(60_000);
  });

  it('undoes the fault of a run that was terminated with its experiment, long before its deadline', async () => {
    const id = await startRun(squall.apiUrl, document('terminated', '4m'));
    await awaitEvent(squall.apiUrl, id, isVerified);
    assert.equal(await pods.reaches(pods.peer, pods.target), false);
    const { workflow } = temporal.client;
    await workflow.getHandle(experimentWorkflowId(id, 1, 'cut')).terminate('a test');
    await workflow.getHandle(id).terminate('a test');
    const tookMs = await awaitReached(120_000);
    console.log(`      undone ${tookMs} ms after it was terminated, by sweeps each ${intervalMs} ms`);
  });
});
