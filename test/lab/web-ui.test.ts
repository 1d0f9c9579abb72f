import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import { toNumber } from '../../src/api/history.ts';
import { experimentWorkflowId } from '../../src/contracts/run.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { freePort } from '../../src/free-port.ts';
import { median, roundTrips } from '../support/measure.ts';
import { NetworkPods } from '../support/network-pods.ts';
import { awaitEvent, reportOf, startRun } from '../support/runs.ts';
import { end, SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { WebUi } from '../support/web-ui.ts';

const isVerified = (event: RunEvent) => event.type === 'fault.verified';
/** The carrier outlives the planned end, so that the workflow is first when it lives; and what a busy machine adds. */
const deadlineSlackMs = 45_000;

// Real Temporal with its real Web UI in a real browser, real Kubernetes, real processes.
describe("Temporal's Web UI", function () {
  this.timeout(600_000);
  let pods: NetworkPods;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let ui: WebUi;

  before(async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    const uiPort = await freePort();
    [pods, temporal, ui] = await Promise.all([
      NetworkPods.open('web-ui'),
      createTemporal({ uiPort }),
      WebUi.open(`http://127.0.0.1:${uiPort}`),
    ]);
    squall = await SquallProcesses.start(lab, temporal.address, { SQUALL_JANITOR_INTERVAL: '5s' });
  });
  after(async () => {
    await ui?.[Symbol.asyncDispose]();
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await pods?.[Symbol.asyncDispose]();
  });

  function campaign(name: string, duration: string): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: ${name}}
spec:
  target: {namespace: ${pods.lab.space.name}, selector: app=target}
  # A terminated run gives nothing back: the next one waits until its targets are proven free.
  policy: {overlap: queue, queueTimeout: 2m}
  steps:
    - experiment: {name: slow, fault: pod-network-latency, target: all, parameters: {latency: 500ms}, duration: ${duration}}
`;
  }

  /** Starts a run and waits until the delay is felt from another pod. */
  async function delayed(name: string, duration: string): Promise<string> {
    const id = await startRun(squall.apiUrl, campaign(name, duration));
    await awaitEvent(squall.apiUrl, id, isVerified);
    assert.ok((await felt(3)) >= 500, 'the fault is felt from another pod');
    return id;
  }

  /** The median round trip from a peer pod, in ms. */
  async function felt(count = 1): Promise<number> {
    const peer = { namespace: pods.peer.namespace, pod: pods.peer.pod, container: pods.peer.container };
    return median(await roundTrips(pods.lab.cluster, peer, pods.target.ip, count));
  }

  async function gone(withinMs: number): Promise<number> {
    const since = Date.now();
    while ((await felt()) >= 500) {
      assert.ok(Date.now() - since < withinMs, `the fault is still felt after ${withinMs} ms`);
      await delay(200);
    }
    return Date.now() - since;
  }

  it('cancels a run: everything is undone, and the run is Cancelled', async () => {
    const id = await delayed('cancelled', '240s');
    await ui.show(id);
    await ui.awaitStatus('Running');
    await ui.screenshot('web-ui-running');
    await ui.show(experimentWorkflowId(id, 1, 'slow'), 'metadata');
    await ui.awaitDetails(/is in effect on target until/);
    await ui.screenshot('web-ui-experiment-details');
    await ui.show(id);
    await ui.requestCancellation();
    await ui.awaitStatus('Canceled');
    assert.ok((await felt(3)) < 500, 'nothing is felt any more');
    await ui.show(id);
    await ui.awaitStatus('Canceled');
    await ui.screenshot('web-ui-cancelled');
    const report = await reportOf(squall.apiUrl, id);
    const [experiment] = report.experiments;
    assert.equal(report.verdict, 'Aborted');
    assert.deepEqual([experiment?.revertedBy, experiment?.confirmedAt === null], ['workflow', false]);
    assert.equal((await temporal.client.workflow.getHandle(id).describe()).status.name, 'CANCELLED');
  });

  it('terminates a run alone: its experiment is cancelled, and undoes its fault', async () => {
    const id = await delayed('terminated', '240s');
    await ui.show(id);
    await ui.terminate('no more');
    await ui.awaitStatus('Terminated');
    const ms = await gone(90_000);
    await ui.show(experimentWorkflowId(id, 1, 'slow'));
    await ui.awaitStatus('Completed');
    await ui.screenshot('web-ui-terminated');
    const last = await awaitEvent(squall.apiUrl, id, ({ type }) => type === 'run.finished');
    assert.ok(last.type === 'run.finished');
    assert.deepEqual([last.ending, last.reason.startsWith('terminated: no more')], ['terminated', true], last.reason);
    assert.ok(ms < 90_000, 'long before its deadline');
  });

  it('terminates an experiment alone: the janitor undoes its fault long before the deadline, and the run says so', async () => {
    const id = await delayed('janitor', '240s');
    await ui.show(experimentWorkflowId(id, 1, 'slow'));
    await ui.terminate('no more');
    await ui.awaitStatus('Terminated');
    await gone(120_000);
    const report = await reportOf(squall.apiUrl, id);
    assert.equal(report.verdict, 'Error');
    assert.match(report.reason, /terminated/i);
  });

  it('terminates both while no worker lives: the carrier ends the fault at its deadline', async () => {
    const durationMs = 90_000;
    const id = await delayed('carrier', `${durationMs}ms`);
    const verifiedAt = Date.now();
    await end(squall.worker, 'SIGKILL');
    try {
      for (const workflowId of [id, experimentWorkflowId(id, 1, 'slow')]) {
        await ui.show(workflowId);
        await ui.terminate('both');
        await ui.awaitStatus('Terminated');
      }
      assert.ok((await felt()) >= 500, 'with nobody to undo it, the fault holds');
      await gone(durationMs + deadlineSlackMs);
      const after = Date.now() - verifiedAt;
      assert.ok(
        after < durationMs + deadlineSlackMs,
        `gone ${after} ms after it was seen in effect, expected at most ${durationMs} and a little`,
      );
    } finally {
      await squall.startWorker();
    }
  });

  describe('resets a run', () => {
    /** Ids of the workflow tasks a reset can go back to, before and after the experiment was begun. */
    async function resetPoints(id: string): Promise<{ before: number; after: number | undefined }> {
      const events = (await temporal.client.workflow.getHandle(id).fetchHistory()).events ?? [];
      const begun = events.findIndex((event) => event.childWorkflowExecutionStartedEventAttributes);
      assert.ok(begun > 0, 'the experiment has begun');
      const tasks = (some: typeof events) =>
        some.filter((event) => event.workflowTaskCompletedEventAttributes).map(({ eventId }) => toNumber(eventId));
      // The last task before it is the one that begins it.
      const before = tasks(events.slice(0, begun)).at(-2);
      assert.ok(before !== undefined);
      return { before, after: tasks(events.slice(begun)).at(0) };
    }

    async function settled(id: string): Promise<void> {
      const report = await reportOf(squall.apiUrl, id);
      assert.ok(['Passed', 'Failed', 'Aborted', 'Error'].includes(report.verdict));
      assert.ok((await felt(3)) < 500, 'nothing is felt any more once the run has ended');
      assert.deepEqual(await left(), [], 'nothing of it is left in the pod');
      for (const experiment of report.experiments) {
        if (experiment.injectedAt !== null) assert.ok(experiment.confirmedAt !== null, `${experiment.name} is proven undone`);
      }
    }

    /** Faults the agents in the target hold. */
    async function left(): Promise<unknown[]> {
      const pod = await pods.lab.cluster.readPod(pods.target.namespace, pods.target.pod);
      const carriers = (pod?.spec?.ephemeralContainers ?? []).filter(({ name }) => name.startsWith('squall-'));
      const lists = await Promise.all(
        carriers.map(async ({ name }) => {
          const address = { namespace: pods.target.namespace, pod: pods.target.pod, container: name };
          const { stdout } = await pods.lab.cluster.exec(address, ['/squall-agent', 'call', '{"op":"list"}'], { timeoutMs: 10_000 });
          return (JSON.parse(stdout) as { faults: { state: string }[] }).faults.filter(({ state }) => state === 'active');
        }),
      );
      return lists.flat();
    }

    /** Resets by the Web UI, and waits until the run's execution is another one. */
    async function reset(id: string, eventId: number): Promise<void> {
      const handle = temporal.client.workflow.getHandle(id);
      const { runId } = await handle.describe();
      await ui.show(id);
      await ui.reset(eventId, 'once more');
      while ((await handle.describe()).runId === runId) await delay(500);
    }

    async function skip(id: string): Promise<void> {
      const body = JSON.stringify({ actor: 'a test', experiment: 'slow', reason: 'seen enough' });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${squall.apiUrl}/v1/runs/${id}/skip`, { method: 'POST', headers, body });
      assert.equal(response.status, 200, await response.text());
    }

    it('to before its experiment: that of before is undone, it is done once more, nothing leaks', async () => {
      const id = await delayed('reset-before', '10m');
      const { before } = await resetPoints(id);
      await reset(id, before);
      await awaitEvent(squall.apiUrl, id, isVerified);
      assert.ok((await felt(3)) >= 500, 'the fault is felt anew');
      await ui.show(id);
      await ui.screenshot('web-ui-reset');
      await skip(id);
      await settled(id);
    });

    it('to after its experiment had begun: the experiment goes on, and is reached by what the run is told', async () => {
      const id = await delayed('reset-after', '10m');
      const { after } = await resetPoints(id);
      assert.ok(after !== undefined, 'the campaign has done something since the experiment began');
      await reset(id, after);
      assert.ok((await felt(3)) >= 500, 'the fault holds on');
      await skip(id);
      await settled(id);
    });

    it('and cancels it then: the experiment, begun before the reset, is undone at once', async () => {
      const id = await delayed('reset-cancelled', '10m');
      const { after } = await resetPoints(id);
      assert.ok(after !== undefined);
      await reset(id, after);
      await ui.show(id);
      await ui.awaitStatus('Running');
      await ui.requestCancellation();
      await ui.awaitStatus('Canceled');
      await settled(id);
    });
  });
});
