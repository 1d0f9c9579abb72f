import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findCgroups } from '../../lab/cgroups.ts';
import { type Lab, labOf, westLabOf } from '../../lab/lab.ts';
import { links, networkNamespaces, routes } from '../../lab/network.ts';
import { ownCheckout } from '../../lab/paths.ts';
import { slotOf } from '../../lab/slot.ts';
import { type LabState, readLabState } from '../../lab/state.ts';
import { until } from '../../lab/wait.ts';

const execute = promisify(execFile);

// A second lab beside whichever is up, in a slot of its own, of one node so that it is light.
describe('the life of a lab', function () {
  this.timeout(300_000);
  let checkout = '';

  before(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'squall-lifecycle-'));
  });

  after(async () => {
    await lab('down', '--purge');
    await rm(checkout, { recursive: true, force: true });
  });

  async function lab(command: string, ...options: string[]): Promise<string> {
    // What the tests themselves were told to use is not meant for this lab.
    const { TEMPORAL_ADDRESS: _address, SQUALL_LAB: _lab, SQUALL_LAB_KUBECONFIG: _kubeconfig, ...env } = process.env;
    const program = join(ownCheckout, 'lab', 'main.ts');
    const running = execute(process.execPath, [program, command, '--checkout', checkout, ...options], { env });
    const { stdout } = await running.catch((error: Error & { stdout: string }) => {
      throw new Error(`${error.message}${error.stdout}`, { cause: error });
    });
    return stdout;
  }

  function stateNow(): LabState {
    const state = readLabState(checkout);
    assert.ok(state !== undefined, 'the lab wrote no state');
    return state;
  }

  async function kubectl(state: LabState, ...args: string[]): Promise<string> {
    return (await execute(join(state.directory, 'bin', 'kubectl'), [`--kubeconfig=${state.kubeconfig}`, ...args])).stdout;
  }

  it('comes up, comes up again after SIGKILL of everything, and goes down without a trace', async () => {
    await lab('up', '--nodes', '1', '--engine', 'native');
    const state = stateNow();
    const ours = labOf(slotOf(state.slot), checkout);
    assert.notEqual(state.slot, readLabState()?.slot, 'the second lab is in the slot of the first');
    assert.match(await lab('status'), /node-1 \(zone-a\) +healthy/);
    await kubectl(state, 'create', 'configmap', 'remember', '--from-literal=me=1');

    const etcd = await ours.processes.find('etcd');
    for (const name of ['kubelet-1', 'kube-apiserver']) killIfThere((await ours.processes.find(name))?.pid ?? assert.fail(`no ${name}`));
    await lab('up');
    assert.match(await lab('status'), /node-1 \(zone-a\) +healthy/);
    assert.equal((await ours.processes.find('etcd'))?.pid, etcd?.pid, 'the whole cluster was restarted for two processes that had died');

    const running = await ours.processes.marked();
    assert.ok(running.length >= 10, `expected the processes of a whole lab, found ${running.length}`);
    for (const { pid } of running) killIfThere(pid);
    await until('all processes of the lab are gone', 20_000, async () => ((await ours.processes.marked()).length === 0 ? true : undefined));
    await assert.rejects(lab('status'), 'a dead lab is called healthy');

    await lab('up');
    assert.equal(stateNow().slot, state.slot);
    assert.match(await lab('status'), /node-1 \(zone-a\) +healthy/);
    assert.equal((await kubectl(state, 'get', 'configmap', 'remember', '-o', 'jsonpath={.data.me}')).trim(), '1');

    // A second cluster beside it goes down with it.
    await lab('up', '--clusters', '2');
    const west = westLabOf(ours, 1);
    assert.ok((await traces(west)).length > 0, 'there is no second cluster');
    assert.match(await kubectl({ ...state, kubeconfig: join(west.directory, 'kubeconfig') }, 'get', 'nodes'), /west-1 +Ready/);

    assert.notDeepEqual(await traces(ours), [], 'a running lab leaves no trace: the search for them finds nothing');
    await lab('down');
    assert.deepEqual(await traces(ours), []);
    assert.deepEqual(await west.processes.marked(), []);
    assert.equal(readLabState(checkout), undefined);
  });
});

/** Whatever of a lab is on the machine: processes, network namespaces, links, routes, cgroups, mounts. */
async function traces({ slot, directory, processes }: Lab): Promise<string[]> {
  const mounts = await Promise.all(
    (await readdir('/proc'))
      .filter((entry) => /^\d+$/.test(entry))
      .map(async (pid) => {
        const table = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
        return table.includes(directory) || table.includes(`${slot.prefix}-`) ? [`mount seen by process ${pid}`] : [];
      }),
  );
  return [
    ...(await processes.marked()).map(({ pid, name }) => `process ${pid} ${name}`),
    ...(await networkNamespaces(slot)).map((name) => `network namespace ${name}`),
    ...(await links(slot)).map((name) => `link ${name}`),
    ...(await routes(slot)).map((route) => `route ${route}`),
    ...(await findCgroups(`${slot.prefix}-`)).map((name) => `cgroup ${name}`),
    ...mounts.flat(),
  ];
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
