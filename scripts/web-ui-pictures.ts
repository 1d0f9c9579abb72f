// Makes docs/web-ui/*.png: Temporal's real Web UI, in a real browser, of runs in the lab. `node scripts/web-ui-pictures.ts`, with the lab up.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLabState } from '../lab/state.ts';
import { arbiterWorkflowId } from '../src/contracts/arbiter.ts';
import { experimentWorkflowId } from '../src/contracts/run.ts';
import { freePort } from '../src/free-port.ts';
import { LabCluster } from '../test/support/lab-cluster.ts';
import { awaitEvent, reportOf, startRun } from '../test/support/runs.ts';
import { SquallProcesses } from '../test/support/squall-processes.ts';
import { createTemporal } from '../test/support/temporal.ts';
import { WebUi } from '../test/support/web-ui.ts';

const folder = fileURLToPath(new URL('../docs/web-ui/', import.meta.url));
const server = ['redis-server', '--save', '', '--protected-mode', 'no'];

const lab = readLabState();
if (lab === undefined) throw new Error('the lab is not up: npm run lab -- up');
mkdirSync(folder, { recursive: true });
const uiPort = await freePort();
const uiUrl = `http://127.0.0.1:${uiPort}`;
await using cluster = await LabCluster.open('shop');
await using temporal = disposable(await createTemporal({ uiPort }));
await using ui = await WebUi.open(uiUrl);
const names = ['cart-0', 'cart-1', 'cart-2'];
await Promise.all(names.map((name) => cluster.space.createPod(name, server, { image: cluster.image })));
await using squall = await SquallProcesses.start(lab, temporal.value.address, {
  SQUALL_UI_URL: uiUrl,
  // Stack traces have the paths of whatever machine this runs on.
  NODE_OPTIONS: '--stack-trace-limit=0',
  SQUALL_CLUSTERS_FILE: clustersFile(lab.kubeconfig, await freePort()),
});

const namespace = cluster.space.name;
const document = (name: string, pod: string, steps: string, hypothesis: string, where = 'default') => `apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: ${name} }
spec:
  target: { cluster: ${where}, namespace: ${namespace}, selector: app=${pod} }
  hypothesis:
    - ${hypothesis}
  steps:
${steps}
`;
const slow = (duration: string) =>
  `    - experiment: { name: slow-network, fault: pod-network-latency, target: all, parameters: { latency: 300ms, jitter: 20ms }, duration: ${duration} }`;
const lossy = (duration: string) =>
  `    - experiment: { name: lossy-network, fault: pod-network-loss, target: all, parameters: { percent: 20% }, duration: ${duration} }`;
const picture = (name: string) => ui.picture(`${folder}${name}.png`);
const isVerified = ({ type }: { type: string }) => type === 'fault.verified';

// A campaign that fails: its hypothesis cannot hold while the fault does.
const steady = '{ type: pods-ready, when: during, interval: 1s }';
const answers = '{ name: cart-answers-fast, type: tcp, host: HOST, port: 6379, when: during, interval: 500ms, tolerance: <= 100ms }';
const ip = async (pod: string) => (await cluster.podTarget(pod)).ip ?? '';
const failing = await startRun(squall.apiUrl, document('cart-is-fast', 'cart-0', slow('8s'), answers.replace('HOST', await ip('cart-0'))));
// One that goes on.
const running = await startRun(
  squall.apiUrl,
  document('cart-survives-the-network', 'cart-1', `${slow('10m')}\n    - wait: 30s\n${lossy('1m')}`, steady),
);
// One that is to be cancelled, and one that waits for somebody.
const cancelled = await startRun(squall.apiUrl, document('cart-cancelled', 'cart-2', slow('10m'), steady));
await awaitEvent(squall.apiUrl, running, isVerified);
await ui.show(running);
await ui.awaitStatus('Running');
await ui.awaitText(/observe/);
await picture('running');
await ui.show(running, 'metadata');
await ui.awaitDetails(/slow-network/);
await picture('running-details');
await ui.show(experimentWorkflowId(running, 1, 'slow-network'), 'metadata');
await ui.awaitDetails(/is in effect/);
await picture('experiment-details');
await ui.show(experimentWorkflowId(running, 1, 'slow-network'));
await ui.awaitText(/read back/);
await picture('experiment');
await ui.show(arbiterWorkflowId('default'), 'metadata');
await ui.awaitDetails(new RegExp(running));
await picture('arbiter');

await awaitEvent(squall.apiUrl, cancelled, isVerified);
await ui.show(cancelled);
await ui.requestCancellation();
await ui.awaitStatus('Canceled');
await picture('cancelled');
await ui.show(cancelled, 'metadata');
await ui.awaitDetails(/Aborted/);
await picture('cancelled-details');

const away = await startRun(squall.apiUrl, document('cart-far-away', 'cart-0', slow('8s'), steady, 'west'));
await ui.show(away, 'pending');
await ui.awaitText(/ECONNREFUSED/);
await picture('pending');

await reportOf(squall.apiUrl, failing);
await ui.show(failing);
await ui.awaitStatus('Failed');
await picture('failed');
await ui.list("WorkflowType = 'campaign'");
await ui.awaitText(cancelled);
await picture('list');

await fetch(`${squall.apiUrl}/v1/runs/${running}/abort`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ actor: 'pictures', reason: 'they are taken' }),
});
await Promise.all([reportOf(squall.apiUrl, running), reportOf(squall.apiUrl, away)]);

/** The lab, and a cluster that does not answer. */
function clustersFile(kubeconfig: string, port: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'squall-pictures-'));
  const away = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'west', cluster: { server: `https://127.0.0.1:${port}` } }],
    users: [{ name: 'squall', user: {} }],
    contexts: [{ name: 'west', context: { cluster: 'west', user: 'squall' } }],
    'current-context': 'west',
  };
  const awayFile = join(directory, 'west');
  writeFileSync(awayFile, JSON.stringify(away));
  const path = join(directory, 'clusters.yaml');
  writeFileSync(path, JSON.stringify({ clusters: { default: { kubeconfig }, west: { kubeconfig: awayFile } } }));
  return path;
}

function disposable<T extends { teardown(): Promise<void> }>(value: T): { value: T } & AsyncDisposable {
  return { value, [Symbol.asyncDispose]: () => value.teardown() };
}
