import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { deployRedis } from '../../examples/redis/deploy.ts';
import { imageNames } from '../../lab/images.ts';
import { ownCheckout } from '../../lab/paths.ts';
import { Progress } from '../../lab/progress.ts';
import { importServiceImage } from '../../lab/share.ts';
import { slotOf } from '../../lab/slot.ts';
import { type LabState, readLabState } from '../../lab/state.ts';
import type { RunStatus } from '../../src/contracts/control.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { Report } from '../../src/contracts/report.ts';
import { InstalledSquall } from '../support/installed-squall.ts';
import { awaitEvent } from '../support/runs.ts';
import { skip } from '../support/skip.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { createTemporal } from '../support/temporal.ts';
import { TestNamespace } from '../support/test-namespace.ts';

const document = (namespace: string) => `apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: from-inside }
spec:
  target: { namespace: ${namespace}, kind: StatefulSet, name: redis-leader }
  hypothesis:
    - { type: redis-replication }
  steps:
    - experiment:
        name: slow-network
        fault: pod-network-latency
        target: { role: redis-replica, count: 1 }
        parameters: { latency: 200ms }
        duration: 15s
    # So that the run lasts as long as the update, however fast the machine is.
    - approval: { timeout: 10m, onTimeout: abort }
    - experiment: { name: lose-a-replica, fault: pod-delete, target: { role: redis-replica, count: 1 }, duration: 5s }
`;

// From the manifests and the image of this checkout; Temporal is a server of the test's own.
describe('squall installed in the cluster', function () {
  this.timeout(600_000);
  let temporal: TestWorkflowEnvironment | undefined;
  const proxies: TcpProxy[] = [];
  let redis: TestNamespace | undefined;
  let squall: InstalledSquall;

  before(async function () {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    if (lab.cluster !== 'native') skip(this, 'the pods do not reach a Temporal of this machine');
    const [, space] = await Promise.all([
      install(lab),
      TestNamespace.create(lab.kubeconfig, 'install-redis').then((space) => {
        redis = space;
        return deployRedis({ kubeconfig: lab.kubeconfig, namespace: space.name }).then(() => space);
      }),
    ]);
    await assertClosed(space.name);
    await squall.open(space.name);
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    await temporal?.teardown();
  });

  async function install(lab: LabState): Promise<void> {
    temporal = await createTemporal();
    // Both listen on loopback; pods reach this machine by its address on the lab's bridge.
    const forPods = async (address: string) => {
      const { hostAddress } = slotOf(lab.slot);
      const [host = '', port] = address.split(':');
      const proxy = await TcpProxy.to(host, Number(port), hostAddress);
      proxies.push(proxy);
      return `${hostAddress}:${proxy.port}`;
    };
    const temporalAddress = await forPods(temporal.address);
    assert.ok(lab.prometheusUrl, 'the lab has no Prometheus');
    const prometheusUrl = `http://${await forPods(new URL(lab.prometheusUrl).host)}`;
    const node = await importServiceImage(ownCheckout, new Progress());
    squall = await InstalledSquall.apply(lab, { image: imageNames.service, temporalAddress, prometheusUrl, node });
    await squall.ready();
  }

  /** Production opens no namespace by itself: neither by rights nor by consent. */
  async function assertClosed(namespace: string): Promise<void> {
    const { text } = await squall.request('/v1/plans', { method: 'POST', body: document(namespace), type: 'application/yaml' });
    const { refusals } = JSON.parse(text) as Plan;
    assert.deepEqual([...new Set(refusals.map(({ code }) => code))], ['not-opted-in'], text);
  }

  async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + 180_000;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      assert.ok(Date.now() < end, `${what}: not within 3 minutes`);
      await delay(250);
    }
  }

  it('is held to Pod Security "restricted", and has no more', async () => {
    const pods = await squall.pods();
    assert.ok(pods.length >= 2);
    for (const { spec } of pods) {
      const [container] = spec?.containers ?? [];
      assert.equal(container?.securityContext?.readOnlyRootFilesystem, true);
      assert.equal(spec?.securityContext?.runAsNonRoot, true);
    }
    const api = pods.find(({ metadata }) => metadata?.labels?.['app.kubernetes.io/component'] === 'api');
    assert.deepEqual(api?.spec?.volumes?.map(({ name }) => name).sort(), ['auth', 'tmp'], 'the API has a token of the cluster');
    const privileged = { name: 'one', image: imageNames.service, securityContext: { privileged: true } };
    const created = squall.core.createNamespacedPod({
      namespace: squall.namespace,
      dryRun: 'All',
      body: { metadata: { name: 'more' }, spec: { containers: [privileged] } },
    });
    await assert.rejects(created, /violates PodSecurity/);
  });

  it('is installed as production has it, with what the Prometheus Operator brings, and without a warning', async () => {
    const said = squall.applied.trimEnd().split('\n');
    assert.deepEqual(
      said.filter((line) => !/ created$/.test(line)),
      [],
    );
    for (const [kind, count] of [
      ['deployment.apps', 2],
      ['poddisruptionbudget.policy', 2],
      ['networkpolicy.networking.k8s.io', 3],
      ['servicemonitor.monitoring.coreos.com', 2],
      ['prometheusrule.monitoring.coreos.com', 1],
    ] as const)
      assert.equal(said.filter((line) => line.startsWith(`${kind}/`)).length, count, kind);
    const components = (await squall.pods()).map(({ metadata }) => metadata?.labels?.['app.kubernetes.io/component']);
    assert.deepEqual(components.sort(), ['api', 'api', 'worker', 'worker']);
  });

  it('is accepted by the API server as dev has it, without a warning', async () => {
    const said = (await squall.check('k8s/overlays/dev')).trimEnd().split('\n');
    const known = said.filter((line) => / (created|configured|unchanged) \(server dry run\)$/.test(line));
    assert.deepEqual(said, known);
    assert.equal(known.filter((line) => line.startsWith('deployment.apps/')).length, 2);
    await assert.rejects(squall.check('test/fixtures/wrong-overlay'), /unknown field/);
  });

  it('asks for its key', async () => {
    assert.equal((await squall.request('/v1/runs')).status, 200);
    const health = await squall.request('/readyz');
    assert.equal(health.status, 200, health.text);
  });

  it('runs a campaign from inside, and loses nothing when all of its pods are replaced in the middle of it', async () => {
    assert.ok(redis);
    const started = await squall.request('/v1/runs', { method: 'POST', body: document(redis.name), type: 'application/yaml' });
    assert.equal(started.status, 202, started.text);
    const { id } = JSON.parse(started.text) as { id: string };
    const reportOf = async (): Promise<Report | undefined> => {
      const { status, text } = await squall.request(`/v1/runs/${id}/report`);
      return status === 200 ? (JSON.parse(text) as Report) : undefined;
    };
    const approvalOf = async (): Promise<RunStatus['approval'] | undefined> => {
      const { status, text } = await squall.request(`/v1/runs/${id}/status`);
      return status === 200 ? ((JSON.parse(text) as RunStatus).approval ?? undefined) : undefined;
    };
    await awaitEvent(squall.url, id, ({ type }) => type === 'fault.verified', squall.headers);
    const before = Date.now();
    await squall.rollOver();
    console.log(`      replaced in ${((Date.now() - before) / 1_000).toFixed(1)} s; ${squall.repeated} requests were made again`);
    await until('it waits for an approval', approvalOf);
    const approval = JSON.stringify({ approved: true, actor: 'a test' });
    const approved = await squall.request(`/v1/runs/${id}/approve`, { method: 'POST', body: approval });
    assert.ok(approved.status < 300, approved.text);
    const report = await until('the report', reportOf);
    assert.equal(report.verdict, 'Passed', JSON.stringify(report, null, 1));
    assert.deepEqual(
      report.experiments.map(({ fault, revertedBy }) => [fault, revertedBy]),
      [
        ['pod-network-latency', 'workflow'],
        ['pod-delete', 'workflow'],
      ],
    );
    for (const { verifiedAt, confirmedAt } of report.experiments) assert.ok(verifiedAt !== null && confirmedAt !== null);
  });
});
