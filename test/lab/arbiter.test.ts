import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { type LabState, readLabState } from '../../lab/state.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { readArbiter } from '../../src/temporal/arbiter-client.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { LabRedis } from '../support/redis-group.ts';
import { awaitEvent, cancelRun, reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { WithdrawableRights } from '../support/withdrawable-rights.ts';

/** No redis: squall would know it for one, and look for its replication. */
const debian = 'docker.io/library/debian:bookworm-slim';
const isVerified = (event: RunEvent) => event.type === 'fault.verified';
const isQueued = (event: RunEvent) => event.type === 'run.phase' && event.phase === 'Queued';

/** A Temporal of this suite's own, a real worker and API, and a namespace of the lab's. */
async function open(prefix: string, more: NodeJS.ProcessEnv = {}): Promise<Site> {
  const state = readLabState();
  assert.ok(state, 'the lab is not up: npm run lab -- up');
  const [lab, temporal] = await Promise.all([LabCluster.open(prefix), createTemporal()]);
  const squall = await SquallProcesses.start(state, temporal.address, more);
  return { state, lab, temporal, squall };
}

interface Site {
  state: LabState;
  lab: LabCluster;
  temporal: TestWorkflowEnvironment;
  squall: SquallProcesses;
}

async function close({ lab, temporal, squall }: Site): Promise<void> {
  await squall[Symbol.asyncDispose]();
  await temporal.teardown();
  await lab[Symbol.asyncDispose]();
}

async function planOf({ squall }: Site, document: string): Promise<Plan> {
  const response = await fetch(`${squall.apiUrl}/v1/plans`, {
    method: 'POST',
    headers: { 'content-type': 'application/yaml' },
    body: document,
  });
  const body = await response.text();
  assert.equal(response.status, 200, body);
  return JSON.parse(body) as Plan;
}

const codes = ({ refusals }: Plan) => refusals.map(({ code }) => code);

describe('two campaigns on one redis', function () {
  this.timeout(300_000);
  let site: Site;

  before(async () => {
    site = await open('arbiter');
    await LabRedis.create(site.lab);
  });
  after(() => site && close(site));

  function document(name: string, duration: string, policy = ''): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: ${name}}
spec:
  target: {namespace: ${site.lab.space.name}, selector: group=redis}
  policy: {${policy}}
  steps:
    - experiment: {name: slow, fault: pod-network-latency, target: {names: [redis-1]}, parameters: {latency: 50ms}, duration: ${duration}}
`;
  }

  it('are not run at once: the second is refused, and told which run holds it since when', async () => {
    const { apiUrl } = site.squall;
    const first = await startRun(apiUrl, document('first', '2m'));
    await awaitEvent(apiUrl, first, isVerified);
    const second = await reportOf(apiUrl, await startRun(apiUrl, document('second', '5s')));
    assert.equal(second.verdict, 'Error');
    assert.deepEqual(
      second.refusals.map(({ code }) => code),
      ['held'],
    );
    assert.match(second.refusals[0]?.message ?? '', new RegExp(`^run ${first} holds pod ${site.lab.space.name}/redis-\\d since 20`));
    await cancelRun(apiUrl, first);
    assert.equal((await reportOf(apiUrl, first)).verdict, 'Aborted');
  });

  it('run one after the other, when the second is to wait', async () => {
    const { apiUrl } = site.squall;
    const first = await startRun(apiUrl, document('first', '20s'));
    await awaitEvent(apiUrl, first, isVerified);
    const second = await startRun(apiUrl, document('second', '5s', 'overlap: queue, queueTimeout: 3m'));
    await awaitEvent(apiUrl, second, isQueued);
    const [one, two] = await Promise.all([reportOf(apiUrl, first), reportOf(apiUrl, second)]);
    assert.deepEqual([one.verdict, two.verdict], ['Passed', 'Passed'], `${one.reason}; ${two.reason}`);
    assert.ok(undoneAt(one) <= injectedAt(two), `undone ${undoneAt(one)}, injected ${injectedAt(two)}`);
  });

  it('are kept apart although the first was terminated: its hold is freed once nothing of it is in the cluster', async () => {
    const { apiUrl } = site.squall;
    const first = await startRun(apiUrl, document('first', '2m'));
    await awaitEvent(apiUrl, first, isVerified);
    await site.temporal.client.workflow.getHandle(first).terminate('a test');
    const second = await startRun(apiUrl, document('second', '5s', 'overlap: queue, queueTimeout: 4m'));
    const report = await reportOf(apiUrl, second);
    assert.equal(report.verdict, 'Passed', report.reason);
    const freed = (await readArbiter(site.temporal.client, 'default'))?.freed.find(({ runId }) => runId === first);
    assert.match(freed?.because ?? '', /its workflow is TERMINATED .* nothing of it is in the cluster$/);
    assert.ok((freed?.at ?? Number.POSITIVE_INFINITY) <= injectedAt(report));
  });
});

function undoneAt({ experiments }: Report): number {
  return Date.parse(experiments[0]?.confirmedAt ?? '');
}

function injectedAt({ experiments }: Report): number {
  return Date.parse(experiments[0]?.injectedAt ?? '');
}

describe('what must stay up', function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), 'squall-policy-'));
  let site: Site;

  before(async () => {
    const policy = join(folder, 'policy.yaml');
    writeFileSync(policy, 'default: { maxPods: { namespace: 2 }, protectedNames: [vault-*] }\n');
    site = await open('stays-up', { SQUALL_POLICY_FILE: policy });
    const { lab } = site;
    const sleep = ['bash', '-c', 'trap exit TERM; while :; do sleep 1 & wait; done'];
    const create = (name: string, app: string) => lab.space.createPod(name, sleep, { image: debian, labels: { app } });
    await Promise.all([create('cart-0', 'cart'), create('cart-1', 'cart'), create('cart-2', 'cart'), create('vault-0', 'vault')]);
  });
  after(async () => {
    if (site) await close(site);
    rmSync(folder, { recursive: true });
  });

  function document(target: string, policy = '', selector = 'app=cart'): string {
    return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: deletion}
spec:
  target: {namespace: ${site.lab.space.name}, selector: "${selector}"}
  policy: {${policy}}
  steps:
    - experiment: {fault: pod-delete, target: ${target}, duration: 5s}
`;
  }

  function create<T extends KubernetesObject>(object: T): Promise<T> {
    return site.lab.cluster.createObject(object);
  }

  /** Another worker and API: two workers would share one queue. */
  async function replace(environment: NodeJS.ProcessEnv): Promise<void> {
    await site.squall[Symbol.asyncDispose]();
    site.squall = await SquallProcesses.start(site.state, site.temporal.address, environment);
  }

  it('is a name that the service protects, and what the service allows of a namespace', async () => {
    assert.deepEqual(codes(await planOf(site, document('{names: [vault-0]}', 'allowLastReady: true', 'app=vault'))), ['protected']);
    const { refusals } = await planOf(site, document('all', 'allowLastReady: true'));
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['budget'],
    );
    assert.match(refusals[0]?.message ?? '', /3 pods of namespace .* would be hit at once, and the budget of a namespace is 2/);
  });

  it('is what a disruption budget says, as Kubernetes works it out', async () => {
    const two = document('{names: [cart-0, cart-1]}');
    assert.deepEqual(codes(await planOf(site, two)), []);
    const namespace = site.lab.space.name;
    await create<V1PodDisruptionBudget>({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'cart', namespace },
      spec: { minAvailable: 2, selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['cart'] }] } },
    });
    const { refusals } = await planOf(site, two);
    assert.deepEqual(
      refusals.map(({ message }) => message),
      [
        'PodDisruptionBudget cart asks for 2 healthy pods: 3 are, and 2 (cart-0, cart-1) would be taken away; policy.ignoreDisruptionBudgets: true overrides it',
      ],
    );
    assert.deepEqual(codes(await planOf(site, document('{names: [cart-0]}'))), []);
    assert.deepEqual(codes(await planOf(site, document('{names: [cart-0, cart-1]}', 'ignoreDisruptionBudgets: true'))), []);
    const [budget] = (await site.lab.cluster.listObjects({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      namespace,
    })) as V1PodDisruptionBudget[];
    assert.equal(budget?.status?.desiredHealthy, 2);
    await site.lab.cluster.deleteObject({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      namespace,
      name: 'cart',
      uid: budget.metadata?.uid ?? '',
    });
  });

  it('is the last ready pod, unless the campaign or an annotation allows it', async () => {
    const one = document('{count: 1}', '', 'app=vault,tier=one');
    await site.lab.space.createPod('single', ['sleep', '3600'], { image: debian, labels: { app: 'vault', tier: 'one' } });
    const refused = await planOf(site, one);
    assert.deepEqual(codes(refused), ['last-ready']);
    assert.match(
      refused.refusals[0]?.message ?? '',
      /^single is the only ready pod of the pods of app=vault,tier=one, and would be taken away/,
    );
    assert.deepEqual(codes(await planOf(site, document('{count: 1}', 'allowLastReady: true', 'app=vault,tier=one'))), []);
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: site.lab.space.name, name: 'single' };
    await site.lab.cluster.patchObject(pod, { metadata: { annotations: { 'squall.dev/last-ready': 'allowed' } } });
    assert.deepEqual(codes(await planOf(site, one)), []);
  });

  it('is not touched by a run, either: the refusal is its report, and the pods are those from before', async () => {
    const uids = async () => (await site.lab.cluster.listPods(site.lab.space.name, 'app=cart')).map(({ metadata }) => metadata?.uid).sort();
    const before = await uids();
    const report = await reportOf(site.squall.apiUrl, await startRun(site.squall.apiUrl, document('all')));
    assert.equal(report.verdict, 'Error');
    assert.deepEqual(report.refusals.map(({ code }) => code).sort(), ['budget', 'last-ready']);
    assert.deepEqual(await uids(), before);
  });

  it('is opted in by annotation, where the service asks for it', async () => {
    const policy = join(folder, 'opt-in.yaml');
    writeFileSync(policy, 'default: { requireOptIn: true, lastReady: always }\n');
    await replace({ SQUALL_POLICY_FILE: policy });
    const one = document('{names: [cart-0]}');
    assert.deepEqual(codes(await planOf(site, one)), ['not-opted-in']);
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: site.lab.space.name, name: 'cart-0' };
    await site.lab.cluster.patchObject(pod, { metadata: { annotations: { 'squall.dev/chaos': 'enabled' } } });
    assert.deepEqual(codes(await planOf(site, one)), []);
    const litmus = (annotationCheck: string) => `apiVersion: litmuschaos.io/v1alpha1
kind: ChaosEngine
metadata: {name: deletion}
spec:
  appinfo: {appns: ${site.lab.space.name}, applabel: app=cart, appkind: statefulset}
  engineState: active
  annotationCheck: "${annotationCheck}"
  experiments:
    - name: pod-delete
      spec: {components: {env: [{name: TARGET_PODS, value: cart-1}]}}
`;
    assert.deepEqual(codes(await planOf(site, litmus('true'))), ['not-opted-in']);
    await site.lab.cluster.patchObject({ ...pod, name: 'cart-1' }, { metadata: { annotations: { 'litmuschaos.io/chaos': 'true' } } });
    assert.deepEqual(codes(await planOf(site, litmus('true'))), []);
    assert.deepEqual(codes(await planOf(site, litmus('false'))), ['not-opted-in'], "the service's own opt-in");
  });

  it('cannot be known without the right to read disruption budgets, which is a refusal', async () => {
    await using rights = await WithdrawableRights.create(site.state.kubeconfig, site.lab.space.name);
    const plan = await planOf(site, document('{names: [cart-0]}'));
    const rule = ({ apiGroup, resource, subresource, verbs }: Plan['permissions'][number]) => ({
      apiGroups: [apiGroup],
      resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
      verbs,
    });
    const budgets = plan.permissions.filter(({ resource }) => resource === 'poddisruptionbudgets').map(rule);
    assert.equal(budgets.length, 1);
    await rights.grant('budgets', budgets);
    await rights.grant('rest', plan.permissions.filter(({ resource }) => resource !== 'poddisruptionbudgets').map(rule));
    await replace({ KUBECONFIG: rights.kubeconfig });
    assert.deepEqual(codes(await planOf(site, document('{names: [cart-0]}'))), []);
    await rights.withdraw('budgets');
    const { refusals } = await planOf(site, document('{names: [cart-0]}'));
    assert.deepEqual(
      refusals.map(({ code, message }) => `${code}: ${message}`),
      ["missing-permission: squall may not list poddisruptionbudgets.policy: the campaign's faults need it"],
    );
  });
});
