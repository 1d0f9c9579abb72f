import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppsV1Api, KubeConfig } from '@kubernetes/client-node';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { z } from 'zod';
import { readLabState } from '../../lab/state.ts';
import type { RunPage } from '../../src/api/list-runs.ts';
import type { RunResource } from '../../src/api/run-resource.ts';
import type { scheduleWithDocument } from '../../src/api/schemas/schedule.ts';
import type { RolloutWorkload } from '../../src/contracts/schedule.ts';
import { readRollout } from '../../src/triggers/read-rollout.ts';
import { until } from '../support/eventually.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { RecordingServer } from '../support/recording-server.ts';
import { runProgram } from '../support/run-program.ts';
import { reportOf } from '../support/runs.ts';
import { end, SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

const image = 'docker.io/library/debian:bookworm-slim';
const redis = (version: string) => `docker.io/library/redis:${version}`;
const name = 'redis-on-rollout';

// Real rollouts of real workloads; the worker that watches them is killed meanwhile.
describe('rollouts', function () {
  this.timeout(300_000);
  let lab: LabCluster;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let apps: AppsV1Api;
  let refusing: RecordingServer;
  const directory = mkdtempSync(join(tmpdir(), 'squall-rollouts-'));

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    [lab, temporal] = await Promise.all([LabCluster.open('rollouts'), createTemporal()]);
    const config = new KubeConfig();
    config.loadFromFile(lab.kubeconfig);
    apps = config.makeApiClient(AppsV1Api);
    const template = {
      metadata: { labels: { app: 'redis' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'redis', image: redis('6.2'), command: ['redis-server', '--save', ''], ports: [{ containerPort: 6379 }] }],
      },
    };
    const selector = { matchLabels: { app: 'redis' } };
    const metadata = { name: 'redis' };
    const body = { metadata, spec: { replicas: 1, progressDeadlineSeconds: 5, selector, template, strategy: { type: 'Recreate' } } };
    await apps.createNamespacedDeployment({ namespace: lab.space.name, body });
    const receivers = join(directory, 'notifications.yaml');
    const secretFile = join(directory, 'secret');
    writeFileSync(secretFile, `whsec_${randomBytes(32).toString('base64')}`);
    refusing = await RecordingServer.start(() => 410);
    writeFileSync(
      receivers,
      `receivers:
  - {name: events, kubernetesEvents: true, namespaces: ["${lab.space.name}"]}
  - {name: gone, webhook: {url: "${refusing.url}", secretFile: "${secretFile}"}, events: [run.started]}
`,
    );
    const settings = { SQUALL_ROLLOUT_INTERVAL: '1s', SQUALL_NOTIFICATIONS_FILE: receivers };
    squall = await SquallProcesses.start(state, temporal.address, settings);
    await healthy();
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await refusing?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await lab?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  async function kubectl(...args: string[]): Promise<void> {
    const { directory } = readLabState() ?? assert.fail('the lab is not up');
    const done = await runProgram(join(directory, 'bin/kubectl'), ['-n', lab.space.name, ...args], '/', { KUBECONFIG: lab.kubeconfig });
    assert.equal(done.code, 0, done.output);
  }
  const healthy = () => kubectl('rollout', 'status', 'deployment/redis', '--timeout=60s');

  async function saved(): Promise<z.output<typeof scheduleWithDocument>> {
    return (await (await fetch(`${squall.apiUrl}/v1/schedules/${name}`)).json()) as z.output<typeof scheduleWithDocument>;
  }
  async function runs(): Promise<RunResource[]> {
    const page = (await (await fetch(`${squall.apiUrl}/v1/runs?schedule=${name}`)).json()) as RunPage;
    return page.runs.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  }
  /** The revision whose rollout started the run. */
  const revisionOf = ({ startedBy }: RunResource) => Number(/, revision (\d+)/.exec(startedBy ?? '')?.[1]);
  const revisions = async () => (await runs()).map(revisionOf);
  /** Until the revision was dealt with, and the list, which lags, knows of its run. */
  const awaitRun = (revision: number) =>
    until(async () => ((await saved()).rollout?.known?.endsWith(`/${revision}`) ? (await revisions()).includes(revision) : false), 90_000);

  /** Events on the pod, as `kubectl describe pod` shows them: of the fault, and of its undo. */
  async function awaitEvents(run: string): Promise<void> {
    const events = await until(async () => {
      const of = (await lab.cluster.listEvents(lab.space.name)).filter(({ message }) => message?.includes(run));
      return of.length >= 2 && of;
    });
    assert.deepEqual(events.map(({ reason, type }) => `${type} ${reason}`).sort(), ['Normal FaultReverted', 'Warning FaultInjected']);
    const [pod] = await lab.cluster.listPods(lab.space.name, 'app=redis');
    for (const { involvedObject } of events) assert.deepEqual([involvedObject.kind, involvedObject.uid], ['Pod', pod?.metadata?.uid]);
  }

  it('start a run once for each new revision that is healthy, and none for the one there was', async () => {
    const document = `apiVersion: squall.dev/v1
kind: Schedule
metadata: {name: ${name}}
spec:
  triggers: {onRollout: true}
  campaign:
    apiVersion: squall.dev/v1
    kind: Campaign
    metadata: {name: redis}
    spec:
      target: {namespace: ${lab.space.name}, kind: Deployment, name: redis}
      steps:
        - experiment: {fault: pod-network-latency, target: all, parameters: {latency: 50ms}, duration: 1s}
`;
    const response = await fetch(`${squall.apiUrl}/v1/schedules`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: document,
    });
    assert.equal(response.status, 201, await response.clone().text());
    await kubectl('set', 'image', 'deployment/redis', `redis=${redis('7.0')}`);
    await awaitRun(2);
    const [run] = await runs();
    assert.ok(run);
    assert.match(run.startedBy ?? '', /rollout of Deployment .*\/redis, revision 2 \(docker\.io\/library\/redis:7\.0\)$/);
    const report = await reportOf(squall.apiUrl, run.id);
    assert.equal(report.experiments.length, 1, report.reason);
    assert.equal(report.verdict, 'Passed', report.reason);
    assert.deepEqual(
      report.warnings.filter(({ code }) => code === 'notification-failed'),
      [{ code: 'notification-failed', path: 'receiver gone', message: 'it was not told of run.started: it answered 410' }],
    );
    await awaitEvents(run.id);
  });

  it('that came while no worker ran start one run, for the newest', async () => {
    await end(squall.worker, 'SIGKILL');
    await kubectl('set', 'env', 'deployment/redis', 'VERSION=3');
    await healthy();
    await kubectl('set', 'env', 'deployment/redis', 'VERSION=4');
    await healthy();
    await squall.startWorker();
    await awaitRun(4);
    assert.deepEqual(await revisions(), [2, 4]);
  });

  it('back to an older template are rollouts', async () => {
    await kubectl('rollout', 'undo', 'deployment/redis', '--to-revision=3');
    await awaitRun(5);
    assert.deepEqual(await revisions(), [2, 4, 5]);
  });

  it('that never become healthy are told, and start none until they are', async () => {
    await kubectl('set', 'image', 'deployment/redis', 'redis=registry.invalid/none:1');
    const problem = await until(async () => (await saved()).rollout?.problem, 60_000);
    assert.match(problem.reason, /progress deadline/);
    assert.deepEqual(await revisions(), [2, 4, 5]);
    await kubectl('set', 'image', 'deployment/redis', `redis=${redis('7.0')}`);
    await awaitRun(7);
    assert.equal((await saved()).rollout?.problem, null);
    assert.deepEqual(await revisions(), [2, 4, 5, 7]);
    // The next test wants the namespace for itself.
    for (const { id } of await runs()) await reportOf(squall.apiUrl, id);
  });

  it('of StatefulSets and DaemonSets are numbered by their controllers: back to an older template is a new revision', async () => {
    const { name: namespace } = lab.space;
    const template = (version: string) => ({
      metadata: { labels: { app: 'numbered' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, command: ['sleep', '3600'], env: [{ name: 'VERSION', value: version }] }],
      },
    });
    const selector = { matchLabels: { app: 'numbered' } };
    const metadata = { name: 'numbered' };
    await apps.createNamespacedStatefulSet({
      namespace,
      body: { metadata, spec: { replicas: 1, serviceName: 'none', selector, template: template('1') } },
    });
    const nodeSelector = {
      'kubernetes.io/hostname': (await lab.cluster.listNodes())[0]?.metadata?.labels?.['kubernetes.io/hostname'] ?? '',
    };
    const ofDaemons = (version: string) => ({ ...template(version), spec: { ...template(version).spec, nodeSelector } });
    await apps.createNamespacedDaemonSet({ namespace, body: { metadata, spec: { selector, template: ofDaemons('1') } } });
    const next = async (kind: RolloutWorkload['kind'], previous: number[]) => {
      const revision = await until(async () => {
        const state = await readRollout(lab.cluster, { cluster: 'lab', namespace, kind, name: 'numbered' });
        return state.state === 'healthy' && !previous.includes(Number(state.revision.revision)) ? Number(state.revision.revision) : false;
      }, 60_000);
      return revision;
    };
    const numbersOf = async (kind: 'StatefulSet' | 'DaemonSet') => {
      const seen: number[] = [await next(kind, [])];
      for (const version of ['2', '1']) {
        await kubectl('set', 'env', `${kind}/numbered`, `VERSION=${version}`);
        seen.push(await next(kind, seen));
      }
      return seen;
    };
    assert.deepEqual(await Promise.all([numbersOf('StatefulSet'), numbersOf('DaemonSet')]), [
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });
});
