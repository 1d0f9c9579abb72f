import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1ConfigMap, V1Deployment, V1Node } from '@kubernetes/client-node';
import type { FaultInstance, NodeTarget, ObjectTarget } from '../../src/contracts/plan.ts';
import type { SweepReport, SweptFinding } from '../../src/contracts/sweep.ts';
import { verbsOf } from '../../src/faults/all-verbs.ts';
import { attributed } from '../../src/faults/undone/attributed.ts';
import { faultsOfRun } from '../../src/sweep/faults-of-run.ts';
import { sweep } from '../../src/sweep/sweep.ts';
import { lastNode } from '../support/lab-node.ts';
import { type LeftFault, leaveFault } from '../support/leave-fault.ts';
import { NetworkPods } from '../support/network-pods.ts';
import { runProgram } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');

describe('squall sweep', function () {
  this.timeout(300_000);
  let pods: NetworkPods;
  let node: NodeTarget;
  let deployment: ObjectTarget;
  let settings: ObjectTarget;

  before(async () => {
    pods = await NetworkPods.open('sweep');
    const { lab } = pods;
    node = await lastNode(lab);
    const namespace = lab.space.name;
    const labels = { app: 'idle' };
    const { metadata: created } = await lab.cluster.createObject<V1Deployment>({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'idle', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
          },
        },
      },
    });
    const object = { kind: 'object' as const, namespace };
    deployment = { ...object, apiVersion: 'apps/v1', objectKind: 'Deployment', name: 'idle', uid: created?.uid ?? null };
    settings = { ...object, apiVersion: 'v1', objectKind: 'ConfigMap', name: 'settings', uid: null };
    const map: V1ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { answer: '42' } };
    await lab.cluster.createObject(map);
  });
  /** Whatever a test found, others on the lab are not to suffer from what it left. */
  const leftBehind: FaultInstance[] = [];
  const leaveOne = async (left: LeftFault): Promise<FaultInstance> => {
    const fault = await leaveFault(pods.lab, left);
    leftBehind.push(fault);
    return fault;
  };
  afterEach(async () => {
    for (const fault of leftBehind.splice(0)) await verbsOf(fault.fault).revert(pods.lab.context, fault);
  });
  after(() => pods?.[Symbol.asyncDispose]());

  /** The command as a person runs it; its report of the lab's cluster. */
  async function squallSweep(argv: string[], env: string[] = []): Promise<{ code: number; report: SweepReport; notAsked: string | null }> {
    const command = [`KUBECONFIG=${pods.lab.kubeconfig}`, ...env, process.execPath, 'src/cli.ts', 'sweep', '--output', 'json', ...argv];
    const { code, output } = await runProgram('env', command, root);
    const json = output.slice(output.indexOf('{\n'), output.lastIndexOf('\n}') + 2);
    assert.ok(json !== '', output);
    const { clusters, runsNotAsked } = JSON.parse(json);
    return { code, report: clusters[0], notAsked: runsNotAsked };
  }

  const read = {
    peerReaches: () => pods.reaches(pods.peer, pods.target),
    bystanderAnswers: () => pods.reaches(pods.peer, pods.bystander),
    replicas: async () => {
      const found: V1Deployment | undefined = await pods.lab.cluster.readObject({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: pods.lab.space.name,
        name: 'idle',
      });
      return {
        replicas: found?.spec?.replicas,
        annotations: Object.keys(found?.metadata?.annotations ?? {}).filter((key) => key.startsWith('squall.dev/')),
      };
    },
    settings: async () => {
      const found: V1ConfigMap | undefined = await pods.lab.cluster.readObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: pods.lab.space.name,
        name: 'settings',
      });
      return found?.data;
    },
    cordoned: async () => {
      const found: V1Node | undefined = await pods.lab.cluster.readObject({ apiVersion: 'v1', kind: 'Node', name: node.node });
      return found?.spec?.unschedulable === true;
    },
    hasOwnKeys: async () => Number(await pods.bash(pods.peer, "redis-cli --scan --pattern 'squall:*' | wc -l")) > 0,
    ownPods: async () => (await pods.lab.cluster.listPods(pods.lab.space.name, 'app.kubernetes.io/managed-by=squall')).length,
    ownMaps: async () =>
      (
        await pods.lab.cluster.listObjects({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: pods.lab.space.name,
          labelSelector: 'squall.dev/fault',
        })
      ).length,
  };

  /** Without what is only tidied away, such as copies of annotations that a controller has made. */
  const dueOf = ({ findings }: SweepReport) => findings.filter(({ due, state }) => due && state !== 'ended');
  const told = (findings: SweptFinding[]) =>
    findings.map(({ fault, where, undone }) => JSON.stringify({ fault, where, undone })).join('\n');

  it('leaves all as it is when it is a dry run, then undoes every fault of a run, and says whose doing it was', async () => {
    const runId = `swept-${randomUUID().slice(0, 8)}`;
    const leave = (index: number, fault: string, targets: FaultInstance['targets'], parameters?: Record<string, unknown>) =>
      leaveOne({ runId, index, fault, targets, selector: 'app=peer', leftMs: 240_000, ...(parameters !== undefined && { parameters }) });
    const left = [
      await leave(1, 'pod-network-loss', [pods.target], { percent: '100%' }),
      await leave(2, 'process-pause', [pods.bystander]),
      await leave(3, 'workload-scale', [deployment], { replicas: 1 }),
      await leave(4, 'object-delete', [settings], { kind: 'ConfigMap', names: 'settings' }),
      await leave(5, 'node-cordon', [node]),
      await leave(6, 'node-cpu-hog', [node]),
      await leave(7, 'redis-memory-pressure', [pods.peer], { bytes: '8Mi' }),
      await leave(8, 'redis-pause', [pods.peer]),
    ];
    const faulty = async () => ({
      peerReaches: await read.peerReaches(),
      bystanderAnswers: await read.bystanderAnswers(),
      replicas: (await read.replicas()).replicas,
      settings: await read.settings(),
      cordoned: await read.cordoned(),
      ownPods: await read.ownPods(),
      hasOwnKeys: await read.hasOwnKeys(),
    });
    const during = await faulty();
    assert.deepEqual(during, {
      peerReaches: false,
      bystanderAnswers: false,
      replicas: 1,
      settings: undefined,
      cordoned: true,
      ownPods: 1,
      hasOwnKeys: true,
    });

    const dry = await squallSweep(['--run', runId]);
    assert.equal(dry.code, 1);
    assert.deepEqual(new Set(dueOf(dry.report).map(({ fault }) => fault)), new Set(left.map(({ id }) => id)), told(dry.report.findings));
    assert.ok(
      dueOf(dry.report).every(
        ({ undo, undone, run, state }) => undo !== null && undone === null && (run === null || run === runId) && state === 'active',
      ),
    );
    assert.deepEqual(await faulty(), during, 'a dry run has changed something');

    const real = await squallSweep(['--run', runId, '--yes']);
    assert.equal(real.code, 0, told(dueOf(real.report)));
    assert.deepEqual(await faulty(), {
      peerReaches: true,
      bystanderAnswers: true,
      replicas: 2,
      settings: { answer: '42' },
      cordoned: false,
      ownPods: 0,
      hasOwnKeys: false,
    });
    assert.deepEqual(
      (await read.replicas()).annotations.filter((key) => key !== 'squall.dev/undone'),
      [],
    );
    assert.equal(await read.ownMaps(), 0);
    assert.equal(await pods.bash(pods.peer, 'timeout 5 redis-cli set after sweep'), 'OK');
    assert.deepEqual((await faultsOfRun(pods.lab.context, runId)).left, []);

    for (const fault of left) {
      const reverted = await attributed(pods.lab.context, fault, await verbsOf(fault.fault).revert(pods.lab.context, fault));
      assert.equal(reverted.revertedBy, 'janitor', `${fault.fault}: ${JSON.stringify(reverted)}`);
      const confirmed = await verbsOf(fault.fault).confirm(pods.lab.context, fault);
      assert.ok(confirmed.ok, `${fault.fault}: ${JSON.stringify(confirmed)}`);
    }
  });

  it('undoes all, of living runs too, when neither Temporal nor a worker is there', async () => {
    await leaveOne({
      runId: `living-${randomUUID().slice(0, 8)}`,
      index: 1,
      fault: 'pod-network-loss',
      parameters: { percent: '100%' },
      targets: [pods.target],
      leftMs: 240_000,
    });
    assert.equal(await read.peerReaches(), false);
    const nowhere = ['TEMPORAL_ADDRESS=127.0.0.1:1'];
    const due = await squallSweep(['--namespace', pods.lab.space.name, '--yes'], nowhere);
    assert.match(due.notAsked ?? '', /does not answer at 127\.0\.0\.1:1/);
    assert.deepEqual(dueOf(due.report), []);
    assert.equal(await read.peerReaches(), false, 'what is within its time was undone without --all');
    const all = await squallSweep(['--namespace', pods.lab.space.name, '--all', '--yes'], nowhere);
    assert.equal(all.code, 0, told(dueOf(all.report)));
    assert.equal(dueOf(all.report).length, 1);
    assert.equal(await read.peerReaches(), true);
  });

  it('undoes what is past its deadline and a grace, and nothing before', async () => {
    const runId = `late-${randomUUID().slice(0, 8)}`;
    const fault = await leaveOne({
      runId,
      index: 1,
      fault: 'workload-scale',
      parameters: { replicas: 1 },
      targets: [deployment],
      leftMs: 8_000,
    });
    const scope = { namespace: pods.lab.space.name, nodes: false };
    for (;;) {
      const asked = Date.now();
      const { findings } = await sweep(pods.lab.context, { scope });
      const found = findings.find((finding) => finding.fault === fault.id);
      // Another janitor on the lab may have been faster: not before the deadline, either.
      if (found === undefined || found.undone !== null) {
        assert.ok(Date.now() > fault.deadline + 10_000, `undone ${fault.deadline + 10_000 - asked} ms too early`);
        break;
      }
      assert.deepEqual({ state: found.state, due: found.due }, { state: 'active', due: false });
      assert.ok(asked < fault.deadline + 10_000, 'left alone although its time is over');
      await delay(500);
    }
    assert.deepEqual(await read.replicas(), { replicas: 2, annotations: ['squall.dev/undone'] });
  });
});
