import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import type { RunResource } from '../../src/api/run-resource.ts';
import type { RunStatus } from '../../src/contracts/control.ts';
import { experimentWorkflowId } from '../../src/contracts/run.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { freePort } from '../../src/free-port.ts';
import { expectJson } from '../support/api-client.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { median, roundTrips } from '../support/measure.ts';
import { awaitEvent, reportOf, startRun } from '../support/runs.ts';
import { end, SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { WebUi } from '../support/web-ui.ts';
import { WithdrawableRights } from '../support/withdrawable-rights.ts';

const everything = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];
/** Pods may be looked at and deleted, and nothing be run in them: no agent can be asked. */
const podsAlone = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'delete'] }];
const server = ['redis-server', '--save', '', '--protected-mode', 'no'];
const isVerified = (event: RunEvent) => event.type === 'fault.verified';
const isFailing = (event: RunEvent) => event.type === 'undo.failing';

// Real Kubernetes, which takes the worker's rights away in mid-fault; real Temporal, real processes.
describe('an undo that fails', function () {
  this.timeout(600_000);
  let lab: LabCluster;
  let rights: WithdrawableRights;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let ui: WebUi;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = await LabCluster.open('undo-failing');
    rights = await WithdrawableRights.create(lab.kubeconfig, lab.space.name);
    await rights.grant('everything', everything);
    const uiPort = await freePort();
    temporal = await createTemporal({ uiPort });
    ui = await WebUi.open(`http://127.0.0.1:${uiPort}`);
    // The janitor would need rights, too, and has none when it matters: it is kept out of the way.
    squall = await SquallProcesses.start({ ...state, kubeconfig: rights.kubeconfig }, temporal.address, { SQUALL_JANITOR_INTERVAL: '1h' });
    await lab.space.createPod('peer', server, { image: lab.image });
  });
  after(async () => {
    await ui?.[Symbol.asyncDispose]();
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await rights?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  function document(pod: string, duration: string): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: ${pod}}
spec:
  target: {namespace: ${lab.space.name}, selector: app=${pod}}
  steps:
    - experiment: {name: slow, fault: pod-network-latency, target: all, parameters: {latency: 500ms}, duration: ${duration}}
`;
  }

  /** A run whose fault cannot be undone, since the rights for it are gone. */
  async function failing(pod: string, duration: string): Promise<{ id: string; ip: string }> {
    const created = await lab.space.createPod(pod, server, { image: lab.image });
    const ip = created.status?.podIP ?? '';
    const id = await startRun(squall.apiUrl, document(pod, duration));
    await awaitEvent(squall.apiUrl, id, isVerified);
    assert.ok((await felt(ip)) >= 500);
    await rights.withdraw('everything');
    try {
      await awaitFailingUndo(id);
    } catch (error) {
      await rights.grant('everything', everything);
      throw error;
    }
    return { id, ip };
  }

  async function awaitFailingUndo(id: string): Promise<void> {
    // What the worker is in talk with already goes on by the rights it began with: another worker has to begin.
    await end(squall.worker, 'SIGKILL');
    await squall.startWorker();
    await expectJson(await post(id, 'skip', { experiment: 'slow' }), 200);
    const told = await awaitEvent(squall.apiUrl, id, isFailing);
    assert.ok(told.type === 'undo.failing');
    assert.match(told.missing, /forbidden/i);
    await awaitEvent(squall.apiUrl, id, (event) => event.type === 'run.phase' && event.phase === 'Undoing');
  }

  function post(id: string, what: string, body: object): Promise<Response> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ actor: 'anna', ...body }) };
    return fetch(`${squall.apiUrl}/v1/runs/${id}/${what}`, init);
  }

  async function felt(ip: string): Promise<number> {
    return median(await roundTrips(lab.cluster, { namespace: lab.space.name, pod: 'peer', container: 'main' }, ip, 3));
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(squall.workerMetricsUrl)).text();
    return Number(new RegExp(`^${name}\\{fault="pod-network-latency"\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  }

  async function status(id: string): Promise<RunStatus> {
    return expectJson<RunStatus>(await fetch(`${squall.apiUrl}/v1/runs/${id}/status`), 200);
  }

  it('is tried again, and seen to be, until its cause is mended; meanwhile the carrier ends the fault at its deadline', async () => {
    const { id, ip } = await failing('mended', '80s');
    try {
      const run = await expectJson<RunResource>(await fetch(`${squall.apiUrl}/v1/runs/${id}`), 200);
      const { phase, experiments } = await status(id);
      assert.deepEqual([run.phase, phase], ['Undoing', 'Undoing']);
      assert.match(experiments[0]?.undoFailing ?? '', /forbidden/i);
      await ui.show(id, 'metadata');
      await ui.screenshot('web-ui-undoing-run');
      await ui.show(experimentWorkflowId(id, 1, 'slow'), 'metadata');
      await ui.awaitDetails(/does not succeed/);
      await ui.awaitDetails(/forbidden/);
      await ui.screenshot('web-ui-undoing');
      assert.equal(await metric('squall_undo_failing'), 1);
      const failures = await metric('squall_undo_failures_total');
      assert.ok(failures >= 1);
      while ((await metric('squall_undo_failures_total')) === failures) await delay(500);
      for (const end = Date.now() + 150_000; (await felt(ip)) >= 500; ) assert.ok(Date.now() < end, 'the carrier did not end the fault');
      assert.equal((await status(id)).phase, 'Undoing', 'ended, and not proven yet');
    } finally {
      await rights.grant('everything', everything);
    }
    const report = await reportOf(squall.apiUrl, id);
    const [experiment] = report.experiments;
    assert.equal(experiment?.revertedBy, 'carrier');
    assert.ok(experiment.confirmedAt !== null);
    assert.equal(await metric('squall_undo_failing'), 0);
  });

  it('is forced by a person: the pod that bears the fault is deleted, this incarnation of it, and the fault with it', async () => {
    const { id } = await failing('forced', '10m');
    const before = await lab.cluster.readPod(lab.space.name, 'forced');
    await rights.grant('pods-alone', podsAlone);
    try {
      await expectJson(await post(id, 'settle-undo', { experiment: 'slow', by: 'force', reason: 'the agent cannot be asked' }), 200);
      const report = await reportOf(squall.apiUrl, id);
      assert.ok(report.experiments[0]?.confirmedAt !== null, 'forced, then read back');
      assert.notEqual((await lab.cluster.readPod(lab.space.name, 'forced'))?.metadata?.uid, before?.metadata?.uid);
      const asked = await awaitEvent(squall.apiUrl, id, ({ type }) => type === 'undo.settle-requested');
      assert.ok(asked.type === 'undo.settle-requested');
      assert.deepEqual([asked.by, asked.actor, asked.reason], ['force', 'anna', 'the agent cannot be asked']);
      const reverted = await awaitEvent(squall.apiUrl, id, ({ type }) => type === 'fault.reverted');
      assert.ok(reverted.type === 'fault.reverted');
      assert.match(reverted.perTarget[0]?.detail ?? '', /forced.*was deleted, and its kubelet says that it has ended/);
      assert.equal(await metric('squall_undo_failing'), 0);
    } finally {
      await rights.withdraw('pods-alone');
      await rights.grant('everything', everything);
    }
  });

  it('is taken on by a person: the run ends with Error, and says who, why, and what was not proven', async () => {
    const { id } = await failing('taken-on', '10m');
    try {
      await expectJson(await post(id, 'settle-undo', { experiment: 'slow', by: 'acknowledge', reason: 'the pod goes tonight' }), 200);
      const report = await reportOf(squall.apiUrl, id);
      const [experiment] = report.experiments;
      assert.deepEqual([report.verdict, experiment?.verdict, experiment?.confirmedAt], ['Error', 'Error', null]);
      assert.match(experiment?.reason ?? '', /anna/);
      assert.match(experiment?.reason ?? '', /the pod goes tonight/);
    } finally {
      await rights.grant('everything', everything);
    }
  });
});
