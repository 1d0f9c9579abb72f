import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { observe } from '../../src/activities/observe.ts';
import type { ObserveInput } from '../../src/contracts/activities.ts';
import type { FaultInstance } from '../../src/contracts/plan.ts';
import type { FaultContext } from '../../src/faults/verbs.ts';
import { foundBegunAnew } from '../../src/report/begun-anew.ts';
import { eventually } from '../support/eventually.ts';
import { drafted } from '../support/exercise-fault.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { coresUsed } from '../support/measure.ts';
import { awaitEvent, cancelRun, reportOf, startRun } from '../support/runs.ts';
import { campaignOf, experimentSpec, planOf } from '../support/simulated-activities.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

/** Ends when it is told to, so that Kubernetes restarts it. */
const obedient = ['redis-server', '--save', '', '--protected-mode', 'no'];

describe('a container that restarts under a fault', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = await LabCluster.open('restart');
    temporal = await createTemporal();
    squall = await SquallProcesses.start(state, temporal.address);
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await lab?.[Symbol.asyncDispose]();
  });

  /** Starts CPU stress in a pod of this name and restarts its container once it burns; answers the run. */
  async function burnAndRestart(pod: string, onRestart: string): Promise<string> {
    await lab.space.createPod(pod, obedient, { image: lab.image });
    const id = await startRun(squall.apiUrl, document(pod, onRestart));
    await awaitEvent(squall.apiUrl, id, ({ type }) => type === 'fault.verified');
    await restart(pod);
    return id;
  }

  async function restart(pod: string): Promise<void> {
    await lab.cluster.exec({ namespace: lab.space.name, pod, container: 'main' }, ['bash', '-c', 'kill 1'], { timeoutMs: 10_000 });
    await lab.space.awaitPod(pod, 'restarted', (now) => {
      const [status] = now?.status?.containerStatuses ?? [];
      return status?.restartCount === 1 && status.state?.running !== undefined;
    });
  }

  /** Of nothing but the fault, for one read-back. */
  function observation(fault: FaultInstance, begunAt: number | undefined): ObserveInput {
    const campaign = campaignOf(experimentSpec('only'));
    const { inventory } = planOf(campaign, 'seed');
    return { campaign, inventory, probes: [], until: Date.now() + 11_000, recovery: null, fault, begunAt, election: null };
  }

  function depsOf(context: FaultContext): Dependencies {
    const nothing = () => undefined;
    return {
      cluster: () => context.cluster,
      ofCluster: () => ({ agentImage: context.agentImage, reach: context.reach, prometheusUrl: null }),
      metrics: { holding: () => ({ [Symbol.dispose]: nothing }), verified: nothing, reestablished: nothing },
    } as unknown as Dependencies;
  }

  function document(pod: string, onRestart: string): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: restart}
spec:
  target: {namespace: ${lab.space.name}, selector: app=${pod}}
  steps:
    - experiment: {name: only, fault: pod-cpu-hog, target: all, parameters: {cores: 1}, duration: 90s, onRestart: ${onRestart}}
`;
  }

  it('has it put back, in the new container, and says so', async () => {
    const id = await burnAndRestart('again', 'reestablish');
    const target = { namespace: lab.space.name, pod: 'again', container: 'main' };
    const end = Date.now() + 75_000;
    for (let cores = 0; cores < 0.3; ) {
      cores = await coresUsed(lab.cluster, target, 2);
      assert.ok(Date.now() < end, `${cores} cores in the new container, 75 s after it started`);
    }
    await cancelRun(squall.apiUrl, id);
    const [experiment] = (await reportOf(squall.apiUrl, id)).experiments;
    assert.equal(experiment?.reestablished.length, 1, JSON.stringify(experiment));
    assert.equal(experiment.lost, null);
    assert.ok(experiment.confirmedAt);
    assert.ok((await coresUsed(lab.cluster, target, 2)) < 0.15);
  });

  it('is told to have had it put back, also when the worker that did it died before it could say so', async () => {
    await lab.space.createPod('untold', obedient, { image: lab.image });
    const targets = [await lab.podTarget('untold')];
    const of = { fault: 'pod-cpu-hog', parameters: { cores: 1 }, targets, namespace: lab.space.name, selector: 'app=untold' };
    const { verbs, draft } = drafted(lab.context, of);
    const endsAt = Date.now() + 60_000;
    const fault: FaultInstance = { ...draft, ...(await verbs.prepare(lab.context, draft)), targets, endsAt, deadline: endsAt + 5_000 };
    await verbs.inject(lab.context, fault);
    const verified = await verbs.verify(lab.context, fault);
    await restart('untold');
    await eventually(
      'it is lost',
      () => verbs.verify(lab.context, fault),
      ({ ok }) => !ok,
      30_000,
    );
    // What a worker does, which then dies: nothing it had to tell is kept.
    await verbs.inject(lab.context, fault);

    const seen = await observe(observation(fault, verified.begunAt), depsOf(lab.context), {
      signal: lab.context.signal,
      attempt: 2,
      previous: undefined,
      keep: () => undefined,
      cancelledByWorkflow: () => false,
    });
    assert.deepEqual([seen.readBacks.missed, seen.reestablished.length], [[], 1], JSON.stringify(seen));

    const reverted = await verbs.revert(lab.context, fault);
    assert.equal(foundBegunAnew({ verified, observations: [], reverted })?.at, seen.begunAt);
    assert.equal(foundBegunAnew({ verified, observations: [seen], reverted }), undefined);
  });

  it('ends the fault, when that is the policy, and says so', async () => {
    const id = await burnAndRestart('once', 'end');
    const report = await reportOf(squall.apiUrl, id);
    const [experiment] = report.experiments;
    assert.match(experiment?.lost ?? '', /once/);
    assert.deepEqual(experiment?.reestablished, []);
    assert.ok(experiment?.revertLateMs && experiment.revertLateMs < -5_000, `ended ${experiment?.revertLateMs} ms after its planned end`);
    assert.ok(report.findings.some(({ rule }) => rule === 'fault-not-held'));
  });
});
