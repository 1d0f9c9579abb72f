import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Writable } from 'node:stream';
import { engineCluster, findEngine } from '../../../lab/engine-cluster.ts';
import { type Lab, labOf } from '../../../lab/lab.ts';
import { Progress } from '../../../lab/progress.ts';
import { slotOf } from '../../../lab/slot.ts';

// The tools are stand-ins that write down how they were called: what is tested is the command lines, not the tools.
describe('a cluster in Docker', function () {
  this.timeout(20_000);
  let directory = '';
  const pathBefore = process.env.PATH ?? '';
  const stateBefore = process.env.XDG_STATE_HOME;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'squall-engine-'));
    process.env.PATH = [directory, pathBefore].join(delimiter);
    process.env.XDG_STATE_HOME = directory;
  });

  afterEach(async () => {
    process.env.PATH = pathBefore;
    if (stateBefore === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = stateBefore;
    await rm(directory, { recursive: true });
  });

  async function tool(name: string, answers: string): Promise<void> {
    const path = join(directory, name);
    await writeFile(path, `#!/bin/sh\necho "${name} $*" >>'${directory}/calls'\n${answers}\n`);
    await chmod(path, 0o755);
  }

  async function calls(): Promise<string[]> {
    return (await readFile(join(directory, 'calls'), 'utf8')).trimEnd().split('\n');
  }

  function lab(): Lab {
    return labOf(slotOf(2), directory);
  }

  function silent(): Progress {
    return new Progress(new Writable({ write: (_chunk, _encoding, done) => done() }));
  }

  it('is used when Docker answers and kind or k3d is there', async () => {
    await tool('docker', 'exit 1');
    await tool('kind', '');
    assert.equal(await findEngine(), undefined);
    await tool('docker', 'echo 28.0');
    assert.equal(await findEngine(), 'kind');
    await rm(join(directory, 'kind'));
    await tool('k3d', '');
    assert.equal(await findEngine(), 'k3d');
  });

  it('is made by kind with a zone per node, and deleted', async () => {
    await tool(
      'kind',
      `[ "$1" = create ] && cat >'${directory}/config'; [ "$1 $2" = "get clusters" ] && cat '${directory}/clusters'; true`,
    );
    await writeFile(join(directory, 'clusters'), 'other\n');
    const cluster = engineCluster(lab(), 'kind', 3);
    assert.deepEqual(await cluster.complaints(), ['there is no kind cluster squall-lab-2']);
    await cluster.start(silent());
    await writeFile(join(directory, 'clusters'), 'other\nsquall-lab-2\n');
    await cluster.remove();
    const kubeconfig = join(directory, 'squall', 'slot-2', 'kubeconfig');
    assert.deepEqual(
      (await calls()).filter((call) => call !== 'kind get clusters'),
      [
        `kind create cluster --name squall-lab-2 --kubeconfig ${kubeconfig} --config - --wait 180s`,
        `kind delete cluster --name squall-lab-2 --kubeconfig ${kubeconfig}`,
      ],
    );
    const config = JSON.parse(await readFile(join(directory, 'config'), 'utf8')) as {
      nodes: { role: string; labels: Record<string, string> }[];
    };
    assert.deepEqual(
      config.nodes.map((node) => [node.role, node.labels['topology.kubernetes.io/zone']]),
      [
        ['control-plane', 'zone-a'],
        ['worker', 'zone-b'],
        ['worker', 'zone-c'],
      ],
    );
  });

  it('is made by k3d with a zone per node, without touching the default kubeconfig', async () => {
    await tool('k3d', '');
    await engineCluster(lab(), 'k3d', 2).start(silent());
    assert.deepEqual(await calls(), [
      'k3d cluster list --no-headers',
      'k3d cluster create squall-lab-2 --agents 1 --k3s-node-label topology.kubernetes.io/zone=zone-a@server:0 --k3s-node-label topology.kubernetes.io/zone=zone-b@agent:0 --kubeconfig-update-default=false --wait',
      `k3d kubeconfig write squall-lab-2 --output ${join(directory, 'squall', 'slot-2', 'kubeconfig')}`,
    ]);
  });

  it('gets the images of the checkout built by docker and loaded by name', async () => {
    for (const name of ['docker', 'kind', 'go']) await tool(name, '');
    await mkdir(join(directory, 'agent'));
    await writeFile(join(directory, 'agent', 'Dockerfile'), 'FROM scratch\n');
    await engineCluster(lab(), 'kind', 1).importProjectImages(directory, silent());
    const [go, build, load, ...more] = await calls();
    assert.match(go ?? '', /^go build -trimpath -ldflags=-s -w -o \S+\/bin\/squall-agent \.$/);
    assert.match(build ?? '', /^docker build --tag localhost\/squall-agent:dev \S+$/);
    assert.equal(load, 'kind load docker-image localhost/squall-agent:dev --name squall-lab-2');
    assert.deepEqual(more, []);
  });
});
